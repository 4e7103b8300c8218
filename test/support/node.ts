// Which Node runs the tests, where versions differ.

export const nodeVersion = Number(process.versions.node.split('.')[0])

/** True if this node knows the option. */
export const knowsOption = (option: string) => process.allowedNodeEnvironmentFlags.has(option)
