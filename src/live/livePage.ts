// The live page: node:http on the loopback address. It sends the page once, and then pictures, each as a
// whole, as server-sent events.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { Fd } from '../posix/types.ts'
import { toLivePage } from '../timeline/page.ts'
import type { Follower } from './follower.ts'

/** How often the trace is looked at, and a picture sent at most, in ms. */
const everyMs = 200

/** How often the system is asked what no trace can tell, in ms. */
const askMs = 1000

/** Of the time of this process, so much goes into pictures at most. */
const share = 1 / 5

/** Whoever does not take the last picture in that time, in ms, does not get it. */
const patienceMs = 500

/** Browsers, and whoever else asks. */
const mostConnections = 64

/** Whoever is under another name has been sent by a page of another origin (DNS rebinding). */
const names = ['127.0.0.1', 'localhost', '[::1]']

const headers = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

export class LivePage {
  readonly #follower: Follower
  readonly #html = toLivePage()
  readonly #server = createServer((request, response) => this.#answer(request, response))
  readonly #watchers = new Set<ServerResponse>()
  #timer: NodeJS.Timeout | undefined
  #isStale = true
  #showAt = 0
  #askAt = 0

  constructor(follower: Follower) {
    this.#follower = follower
    this.#server.maxConnections = mostConnections
  }

  /** @param fd of openPageSocket */
  async listen(fd: Fd): Promise<void> {
    await once(this.#server.listen({ fd }), 'listening')
    this.#timer = setInterval(() => this.#look(), everyMs)
  }

  /** Sends a last picture to all who watch, and waits until they have it, but not for ever. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    while (this.#follower.read());
    const last = `${this.#picture()}event: ended\ndata: 0\n\n`
    for (const watcher of this.#watchers) watcher.end(last)
    const closed = once(this.#server.close(), 'close')
    this.#server.closeIdleConnections()
    await Promise.race([closed, setTimeout(patienceMs)])
  }

  #look(): void {
    // Not all at once: whoever asks is to be answered meanwhile.
    for (let times = 0; times < 16 && this.#follower.read(); times++) this.#isStale = true
    this.#askSystem()
    if (!this.#isStale || this.#watchers.size === 0 || performance.now() < this.#showAt) return
    const began = performance.now()
    const picture = this.#picture()
    for (const watcher of this.#watchers) show(watcher, picture)
    const ended = performance.now()
    this.#showAt = ended + (ended - began) / share
    this.#isStale = false
  }

  #askSystem(): void {
    if (this.#watchers.size === 0 || performance.now() < this.#askAt) return
    this.#askAt = performance.now() + askMs
    if (this.#follower.look()) this.#isStale = true
  }

  #picture(): string {
    const { now, timeline } = this.#follower
    return `data: ${JSON.stringify({ now, timeline })}\n\n`
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers: asked } = request
    const name = (asked.host ?? '').replace(/:\d+$/, '').toLowerCase()
    const path = url.replace(/\?.*/, '')
    if (!names.includes(name)) say(response, 403, 'ask for 127.0.0.1 or localhost\n')
    else if (method !== 'GET') say(response, 405, 'there is nothing but GET\n')
    else if (path === '/') say(response, 200, this.#html, 'text/html')
    else if (path === '/events') this.#watch(response)
    else say(response, 404, 'there is nothing but / and /events\n')
  }

  #watch(response: ServerResponse): void {
    response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream' })
    response.write('retry: 1000\n\n')
    response.write(this.#picture())
    this.#watchers.add(response)
    response.on('close', () => this.#watchers.delete(response))
    response.on('drain', () => {
      this.#isStale = true
    })
  }
}

// Whoever has not taken the last picture yet gets the one after this.
function show(watcher: ServerResponse, picture: string): void {
  if (!watcher.writableNeedDrain) watcher.write(picture)
}

function say(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { ...headers, 'Content-Type': `${type}; charset=utf-8` })
  response.end(text)
}
