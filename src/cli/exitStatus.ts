// The exit statuses of the command line: sysexits(3) where it has one that fits.
export const exitStatus = {
  ok: 0,
  no: 1,
  usage: 64,
  data: 65,
  noHandler: 66,
  unsafe: 69,
  system: 71,
  configuration: 78,
} as const

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus]

/** An error that ends the command with a line for people, and a status for scripts. */
export class CommandError extends Error {
  readonly status: ExitStatus

  constructor(status: ExitStatus, message: string) {
    super(message)
    this.status = status
  }
}
