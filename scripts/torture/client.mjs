// A client, and what may become of it:
//   answered      its answer, and the end of the connection
//   ended         the end of the connection instead of an answer
//   reset         a reset
//   unreachable   nobody listens
//   wrong         another answer
//   hung          nothing, for as long as anybody would wait
import { connect } from 'node:net'
import { patienceMs, within } from './until.mjs'

/** Clean refusals: whoever meets one knows at once where it stands. */
export const refusals = ['ended', 'reset', 'unreachable']

export class Client {
  #socket
  #text = ''
  #over = false
  #error
  #listeners = []

  constructor(port) {
    this.#socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.#socket.setEncoding('utf8').on('data', text => {
      this.#text += text
      this.#tell()
    })
    this.#socket.on('error', error => {
      this.#error = error.code
    })
    for (const event of ['connect', 'end', 'close']) {
      this.#socket.on(event, () => {
        this.#over ||= event !== 'connect'
        this.#tell()
      })
    }
  }

  /** Waits until it is connected. @returns false if it is not to be */
  async connected() {
    while (this.#socket.connecting && !this.#over) await this.#news()
    return !this.#over
  }

  send(text) {
    this.#socket.write(text)
  }

  /** Ends this side. */
  end() {
    this.#socket.end()
  }

  /** Leaves without a word: SO_LINGER 0, a reset. */
  reset() {
    this.#socket.resetAndDestroy()
  }

  close() {
    this.#socket.destroy()
  }

  /** The next line. @returns undefined if none comes any more; `late` if it takes too long */
  line(late, patience = patienceMs) {
    return within(this.#nextLine(), late, patience)
  }

  async #nextLine() {
    while (!this.#text.includes('\n') && !this.#over) await this.#news()
    const end = this.#text.indexOf('\n')
    if (end < 0) return undefined
    const line = this.#text.slice(0, end)
    this.#text = this.#text.slice(end + 1)
    return line
  }

  #news() {
    return new Promise(resolve => this.#listeners.push(resolve))
  }

  #tell() {
    for (const listener of this.#listeners.splice(0)) listener()
  }

  /** Sends a line and waits for the answer. @returns what became of it */
  async ask(line, { expected = line, patience = patienceMs } = {}) {
    this.send(`${line}\n`)
    const answer = await this.line(null, patience)
    if (answer === expected) return 'answered'
    if (answer === null) return 'hung'
    return answer === undefined ? this.#refusal() : 'wrong'
  }

  #refusal() {
    if (this.#error === undefined) return 'ended'
    return this.#error === 'ECONNREFUSED' ? 'unreachable' : 'reset'
  }

  /** Ends this side, and waits for the end of the other. @returns what became of it */
  async leave(patience = patienceMs) {
    this.end()
    const rest = await this.line(null, patience)
    this.close()
    if (rest === null) return 'hung'
    if (rest !== undefined) return 'wrong'
    return this.#error === undefined ? 'answered' : 'reset'
  }
}

/** A client from its beginning to its end. */
export async function visit(port, { line = 'hello', expected = line, patience = patienceMs } = {}) {
  const client = new Client(port)
  const outcome = await client.ask(line, { expected, patience })
  if (outcome === 'answered') return client.leave(patience)
  client.close()
  return outcome
}
