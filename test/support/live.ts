// The live page of a server, as a browser asks for it.
import { get, type IncomingMessage, request } from 'node:http'
import { onTestFinished } from 'vitest'
import { settle } from '../../src/timeline/settle.ts'
import type { Timeline } from '../../src/timeline/timeline.ts'
import { childrenOf, descriptors, title } from './proc.ts'
import type { Program } from './server.ts'
import { until, within } from './until.ts'

/** Where the page is, as the log says. */
export async function liveAt(server: Program, count = 1): Promise<string> {
  const line = await server.log(/^truefork: live at /, count)
  return /http:\S+/.exec(line)![0]
}

/** The process of the page. */
export async function liveProcess(daemon: number): Promise<number> {
  const isLive = (pid: number) => title(pid) === 'truefork: live page'
  return until(() => childrenOf(daemon).find(isLive), { what: 'the process of the page' })
}

/** What the page answers: status, headers, text. */
export async function ask(url: string, options: { method?: string; host?: string } = {}) {
  const { method = 'GET', host } = options
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = host === undefined ? {} : { host }
    request(url, { method, headers, agent: false }, resolve).on('error', reject).end()
  })
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { status: response.statusCode, headers: response.headers, text }
}

/** Follows the pictures that the server sends. */
export class Watcher {
  /** The last one. */
  timeline: Timeline | undefined
  /** The server has said that it ended. */
  hasEnded = false
  #text = ''

  static async of(url: string): Promise<Watcher> {
    const watcher = new Watcher()
    const response = await within(
      new Promise<IncomingMessage>((resolve, reject) => {
        get(`${url}events`, { agent: false }, resolve).on('error', reject)
      }),
      () => `an answer of ${url}`,
    )
    onTestFinished(() => void response.destroy())
    response.setEncoding('utf8').on('data', (text: string) => watcher.#hear(text))
    response.on('error', () => {})
    return watcher
  }

  /** Waits for a picture that fits. */
  async sees<Seen>(look: (timeline: Timeline) => Seen): Promise<NonNullable<Seen>> {
    return until(() => this.timeline && look(this.timeline))
  }

  #hear(text: string): void {
    const messages = (this.#text + text).split('\n\n')
    this.#text = messages.pop()!
    for (const message of messages) {
      if (message.startsWith('event: ended')) this.hasEnded = true
      if (!message.startsWith('data: {')) continue
      const { now, timeline } = JSON.parse(message.slice(6))
      settle(timeline, Math.max(timeline.length, now))
      this.timeline = timeline
    }
  }
}

/** What a process holds besides its standard descriptors, but for what each Node has of its own kind. */
export const inodesOf = (pid: number): string[] =>
  [...descriptors(pid)]
    .filter(([fd, name]) => fd > 2 && /^(socket|pipe):/.test(name))
    .map(([, name]) => name)
