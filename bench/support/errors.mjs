// The exit statuses of sysexits(3), as the command itself uses them.
export const usage = 64
export const unavailable = 69

/** An error that ends the benchmark with one line for people. */
export class CommandError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}
