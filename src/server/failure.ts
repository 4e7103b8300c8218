/** What a handler of our own throws: logged without a stack, and with a status of its choice. */
export class Failure extends Error {
  /** The exit status of the server process. */
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}
