// How this process was started, as it was before the program could change it: a server that
// replaces itself starts its successor the same way.

/** The file that node runs and its arguments, and the working directory. */
export const start = {
  script: process.argv.slice(1),
  directory: process.cwd(),
} as const
