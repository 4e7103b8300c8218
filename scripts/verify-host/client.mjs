import { connect } from 'node:net'
import { expect, until } from './server.mjs'

/** A client that asks one line and gets one. */
export class Client {
  #text = ''

  static async of({ address }) {
    const client = new Client()
    client.socket = connect(address)
    client.socket.setEncoding('utf8').on('data', text => {
      client.#text += text
    })
    client.ended = false
    client.socket.on('close', () => {
      client.ended = true
    })
    client.socket.on('error', () => {})
    await until(() => !client.socket.connecting, 'a connection')
    return client
  }

  async ask(line) {
    this.socket.write(`${line}\n`)
    const text = await until(() => this.ended || this.#text.includes('\n'), `an answer to ${line}`)
    expect(text && this.#text !== '', `the connection ended instead of an answer to ${line}`)
    const at = this.#text.indexOf('\n')
    const answer = this.#text.slice(0, at)
    this.#text = this.#text.slice(at + 1)
    return answer
  }

  async end() {
    this.socket.end()
    await until(() => this.ended, 'the end of the connection')
  }
}
