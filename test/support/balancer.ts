// Real balancers in front of servers, and clients that notice whatever goes wrong.
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { connectClient } from './client.ts'
import { temporaryFolder } from './folder.ts'
import { listeningSocket, type Program, startForeign, Talk } from './server.ts'
import { until } from './until.ts'

export const hasHaproxy = spawnSync('haproxy', ['-v'], { stdio: 'ignore' }).status === 0

const streamModule = '/usr/lib/nginx/modules/ngx_stream_module.so'
export const hasNginx =
  existsSync(streamModule) && spawnSync('nginx', ['-v'], { stdio: 'ignore' }).status === 0

/** A port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(done => server.once('listening', done))
  const { port } = server.address() as { port: number }
  await new Promise(done => server.close(done))
  return port
}

export interface Haproxy {
  /** Where clients connect. */
  port: number
  /** A command of its runtime interface, and the answer. */
  tell(command: string): Promise<string>
  /** What it thinks of a server: `UP`, `DOWN`, `MAINT` … */
  statusOf(name: string): Promise<string>
  /** Waits until it thinks so. */
  seen(name: string, status: string): Promise<unknown>
}

/** HAProxy with a frontend, and a backend `be` of these lines. */
export async function startHaproxy(
  mode: 'tcp' | 'http',
  backend: readonly string[],
): Promise<Haproxy> {
  const folder = temporaryFolder()
  const [file, admin] = [join(folder, 'haproxy.cfg'), join(folder, 'admin')]
  const port = await freePort()
  writeFileSync(
    file,
    `global
  stats socket ${admin} level admin
defaults
  mode ${mode}
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout check 5s
frontend in
  bind 127.0.0.1:${port}
  default_backend be
backend be
${backend.map(text => `  ${text}\n`).join('')}`,
  )
  startForeign(['haproxy', '-db', '-f', file])
  await until(() => listeningSocket(port))
  const tell = async (command: string) => {
    const socket = await connectClient({ path: admin })
    socket.end(`${command}\n`)
    return text(socket)
  }
  const statusOf = async (name: string) => {
    const [head = '', ...rows] = (await tell('show stat')).trim().split('\n')
    const status = head.split(',').indexOf('status')
    const row = rows.map(row => row.split(',')).find(row => row[0] === 'be' && row[1] === name)
    return row?.[status] ?? 'absent'
  }
  const seen = (name: string, status: string) =>
    until(async () => (await statusOf(name)) === status, {
      deadline: patience,
      what: `${name} ${status}`,
    })
  return { port, tell, statusOf, seen }
}

/** nginx that passes TCP on to these ports, with version 1 of the PROXY protocol. */
export async function startNginx(ports: readonly number[]): Promise<{ port: number }> {
  const folder = temporaryFolder()
  const file = join(folder, 'nginx.conf')
  const port = await freePort()
  writeFileSync(
    file,
    `load_module ${streamModule};
daemon off;
# A title would overwrite the mark by which it is found after the test.
master_process off;
pid ${folder}/pid;
error_log stderr;
events {}
stream {
  upstream be {
${ports.map(port => `    server 127.0.0.1:${port};\n`).join('')}  }
  server {
    listen 127.0.0.1:${port};
    proxy_pass be;
    proxy_protocol on;
  }
}
`,
  )
  startForeign(['nginx', '-p', folder, '-e', 'stderr', '-c', file])
  await until(() => listeningSocket(port))
  return { port }
}

/** A client with an address of its own, and its side of the conversation. */
export const clientOf = async (port: number, localAddress = '127.0.0.1'): Promise<Talk> =>
  new Talk(await connectClient({ host: '127.0.0.1', port, localAddress }))

/** How long several servers and their load may take for a step on a busy machine, in ms. */
export const patience = 60_000

/** After so many failures nothing is learnt from more. */
const enough = 20

/** SIGUSR2: waits until there is a new daemon process in its place. */
async function upgrade(server: Program): Promise<void> {
  server.signal('SIGUSR2')
  const find = () => server.logged(/: upgraded /)[0]
  const line = await until(find, { deadline: patience, what: 'upgraded' })
  server.daemon = Number(/child=(\d+)/.exec(line)![1])
}

/** Asks again and again, several at once, until it is stopped. */
export class Load {
  /** How often each process has answered. */
  readonly answers = new Map<string, number>()
  readonly failures: string[] = []
  readonly #ask: () => Promise<string>
  readonly #clients: Promise<void>[]
  #isOver = false

  /** @param ask one question; answers who has answered, or throws */
  constructor(ask: () => Promise<string>, clients = 3) {
    this.#ask = ask
    this.#clients = Array.from({ length: clients }, () => this.#run())
    onTestFinished(() => this.stop())
  }

  async #run(): Promise<void> {
    while (!this.#isOver && this.failures.length < enough) {
      try {
        const name = await this.#ask()
        this.answers.set(name, (this.answers.get(name) ?? 0) + 1)
      } catch (error) {
        this.failures.push(String(error))
      }
    }
  }

  /** Waits until this daemon process has had so many of its server processes answer. */
  answeredBy({ daemon }: Program, times = 10): Promise<unknown> {
    const count = () => this.answers.get(String(daemon)) ?? 0
    const before = count()
    const what = `${times} answers of ${daemon}; ${this.failures}`
    return until(() => count() >= before + times, { deadline: patience, what })
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#clients)
  }
}

/**
 * Replaces one server after the other by SIGUSR2, while clients of a balancer ask all the time. Each of
 * them has to answer before and afterwards.
 */
export async function upgradeUnderLoad(
  port: number,
  servers: readonly Program[],
): Promise<Pick<Load, 'answers' | 'failures'>> {
  const load = new Load(async () => {
    const talk = await clientOf(port)
    const [, daemon] = (await talk.ask('who')).split(' ')
    await talk.finish()
    return daemon!
  })
  for (const server of servers) {
    await load.answeredBy(server)
    await upgrade(server)
    await load.answeredBy(server)
  }
  await load.stop()
  return load
}
