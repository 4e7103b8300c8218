// Clients of examples/chat.ts, as many as one wants: each notes what it reads, with the time.
import type { Socket } from 'node:net'
import { connectClient } from './client.ts'
import { exampleFile } from './example.ts'
import { type Program, startServer } from './server.ts'
import { until } from './until.ts'

export const startChat = (args: readonly (string | number)[] = []): Promise<Program> =>
  startServer(exampleFile('chat.ts'), ['--hub', ...args])

export class Chatter {
  readonly name: string
  readonly socket: Socket
  readonly lines: string[] = []
  #rest = ''

  constructor(name: string, socket: Socket) {
    this.name = name
    this.socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n')
      this.#rest = lines.pop()!
      this.lines.push(...lines)
    })
  }

  say(line: string): void {
    this.socket.write(`${line}\n`)
  }

  /** Waits until a line that matches has come. */
  hears(pattern: RegExp, deadline?: number): Promise<string> {
    const what = `${this.name} hears ${pattern} in\n${this.lines.slice(-20).join('\n')}`
    const find = () => this.lines.find(line => pattern.test(line))
    return until(find, deadline === undefined ? { what } : { what, deadline })
  }

  /** What others have said, without what the server tells of them. */
  get heard(): string[] {
    return this.lines.filter(line => !line.startsWith('*'))
  }
}

/** Somebody who has come into the room, if one is named. */
export async function chatter(server: Program, name: string, room?: string): Promise<Chatter> {
  const guest = new Chatter(name, await connectClient(server.port))
  guest.say(name)
  if (room !== undefined) guest.say(`/join ${room}`)
  await guest.hears(new RegExp(`you are in ${room ?? 'lobby'},`), 30_000)
  return guest
}
