// An SMTP server (RFC 5321) for tests: it takes every message, sends none on, and puts each into a
// maildir, where a file is either there as a whole or not at all.
//
//   truefork serve examples/smtpSink.ts --port 2525           writes into ./Maildir
//   curl --url smtp://127.0.0.1:2525 --mail-from a@example.org --mail-rcpt b@example.org --upload-file letter
//   swaks --server 127.0.0.1:2525 --to b@example.org
//
//   [handler]                                                 in the file of --config, if wanted
//   maildir = "/var/tmp/mail"
//   max-message-bytes = 1000000
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import type { Connection } from 'truefork'

// The daemon process in the background works in another directory.
const start = process.cwd()
const longestLine = 1000
const mostRecipients = 100

export default function smtpSink(connection: Connection): void {
  const session = new Session(connection)
  session.reply(220, `${hostname()} ESMTP: takes all, sends nothing on`)
  for (
    let line = connection.readLine(longestLine);
    line !== null;
    line = connection.readLine(longestLine)
  ) {
    if (!session.obey(line)) return
  }
}

class Session {
  readonly #connection: Connection
  readonly #maildir: string
  readonly #mostBytes: number
  #sender: string | undefined
  #recipients: string[] = []

  constructor(connection: Connection) {
    this.#connection = connection
    const { maildir = 'Maildir', 'max-message-bytes': most = 10_000_000 } = connection.settings
    this.#maildir = resolve(start, String(maildir))
    this.#mostBytes = Number(most)
  }

  /** The last line of a reply has a space behind its code, the others a dash. */
  reply(code: number, ...lines: string[]): void {
    const last = lines.length - 1
    const text = lines.map((line, index) => `${code}${index < last ? '-' : ' '}${line}\r\n`)
    this.#connection.write(text.join(''))
  }

  /** False: the conversation is over. */
  obey(line: string): boolean {
    const [, verb = '', argument = ''] = /^(\w*)\s*(.*?)\s*$/.exec(line) ?? []
    switch (verb.toUpperCase()) {
      case 'HELO':
        this.#reset()
        this.reply(250, hostname())
        return true
      case 'EHLO':
        this.#reset()
        this.reply(250, hostname(), `SIZE ${this.#mostBytes}`, '8BITMIME')
        return true
      case 'MAIL':
        this.#mail(argument)
        return true
      case 'RCPT':
        this.#recipient(argument)
        return true
      case 'DATA':
        return this.#data()
      case 'RSET':
        this.#reset()
        this.reply(250, 'forgotten')
        return true
      case 'NOOP':
        this.reply(250, 'as you like')
        return true
      case 'VRFY':
        this.reply(252, 'everybody gets mail here')
        return true
      case 'QUIT':
        this.reply(221, 'good bye')
        return false
      default:
        this.reply(500, 'not understood')
        return true
    }
  }

  #reset(): void {
    this.#sender = undefined
    this.#recipients = []
  }

  #mail(argument: string): void {
    const [, address, parameters = ''] = /^FROM:\s*<([^<>]*)>\s*(.*)$/i.exec(argument) ?? []
    const size = Number(/\bSIZE=(\d+)/i.exec(parameters)?.[1] ?? 0)
    if (address === undefined) this.reply(501, 'MAIL FROM:<address>')
    else if (this.#sender !== undefined) this.reply(503, 'one message after the other')
    else if (size > this.#mostBytes) this.reply(552, 'that is too long')
    else {
      this.#sender = address
      this.reply(250, 'yes')
    }
  }

  #recipient(argument: string): void {
    const address = /^TO:\s*<([^<>]+)>/i.exec(argument)?.[1]
    if (this.#sender === undefined) this.reply(503, 'first MAIL FROM:<address>')
    else if (address === undefined) this.reply(501, 'RCPT TO:<address>')
    else if (this.#recipients.length === mostRecipients) this.reply(452, 'these are enough')
    else {
      this.#recipients.push(address)
      this.reply(250, 'yes')
    }
  }

  #data(): boolean {
    if (this.#recipients.length === 0) {
      this.reply(503, 'first RCPT TO:<address>')
      return true
    }
    this.reply(354, 'end it with a dot on a line of its own')
    const message = this.#readMessage()
    if (message === 'gone') return false
    if (message === 'too long') this.reply(552, 'that is too long')
    else {
      const head = `Return-Path: <${this.#sender}>\r\nDelivered-To: ${this.#recipients.join(', ')}\r\n`
      this.reply(
        250,
        `taken as ${deliver(this.#maildir, Buffer.concat([Buffer.from(head), message]))}`,
      )
    }
    this.#reset()
    return true
  }

  // Bytes, whatever their encoding. Only CRLF ends a line here: whoever took a bare LF for it, too,
  // would find other messages in this one than its sender did.
  #readMessage(): Buffer | 'too long' | 'gone' {
    let text: Buffer = Buffer.from('\r\n')
    let isTooLong = false
    for (const chunk of this.#connection) {
      text = Buffer.concat([isTooLong ? text.subarray(-endOfMessage.length) : text, chunk])
      const end = text.indexOf(endOfMessage)
      if (end < 0) {
        isTooLong ||= text.length > this.#mostBytes
        continue
      }
      if (end + endOfMessage.length < text.length) {
        this.reply(421, 'after the dot you have to wait for an answer')
        return 'gone'
      }
      return isTooLong || end > this.#mostBytes
        ? 'too long'
        : withoutStuffing(text.subarray(2, end + 2))
    }
    return 'gone'
  }
}

const endOfMessage = Buffer.from('\r\n.\r\n')

// A dot at the start of a line has been doubled, so that it is not the end. 4.5.2
const withoutStuffing = (text: Buffer) =>
  Buffer.from(text.toString('latin1').replace(/(^|\r\n)\./g, '$1'), 'latin1')

let delivered = 0

// Written as a whole into tmp, then put into new under a name that nobody has. maildir(5)
function deliver(maildir: string, message: Buffer): string {
  for (const folder of ['tmp', 'new', 'cur']) mkdirSync(join(maildir, folder), { recursive: true })
  const name = `${Math.floor(Date.now() / 1000)}.P${process.pid}Q${delivered++}.${hostname()}`
  const temporary = join(maildir, 'tmp', name)
  const file = openSync(temporary, 'wx', 0o600)
  try {
    for (let written = 0; written < message.length; ) written += writeSync(file, message, written)
    fsyncSync(file)
    linkSync(temporary, join(maildir, 'new', name))
  } finally {
    closeSync(file)
    unlinkSync(temporary)
  }
  return name
}
