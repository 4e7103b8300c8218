// Which Node runs the tests, where versions differ, and which the programs under test.

/** Another node for the programs: scripts/verify-arm64.mjs has them run by one for another machine. */
export const nodeUnderTest = process.env.TRUEFORK_TEST_NODE ?? process.execPath

export const nodeVersion = Number(process.versions.node.split('.')[0])

/** True if this node knows the option. */
export const knowsOption = (option: string) => process.allowedNodeEnvironmentFlags.has(option)
