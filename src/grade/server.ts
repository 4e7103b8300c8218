// The graded server: a process of its own session, with its output in files.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NotStarted } from './check.ts'
import { endAll, withProcessLimit } from './containment.ts'

/** How the server is to be started. */
export interface Command {
  /** Words; `{port}` in them stands for the port, `{config}` for the configuration file. */
  words: readonly string[]
  /** Another user, who is bound by limits that do not bind root. */
  user?: { uid: number; gid: number } | undefined
}

interface Start {
  port?: number | undefined
  /** Standard output and error go there instead of into files. */
  terminal?: string | undefined
  /** What stands in its configuration file. */
  configuration?: string | undefined
}

export class Server {
  readonly port: number
  readonly child: ChildProcess
  /** Who holds the top socket once the server listens. */
  daemon = 0
  /** The top socket, as `socket:[123]`. */
  top = ''
  readonly #folder: string
  #ended: string | undefined
  readonly #collected = new Map<number, string>()

  /** @throws NotStarted the program cannot be executed */
  static async start(command: Command, { port, ...rest }: Start = {}): Promise<Server> {
    const server = new Server(command, port ?? (await freePort()), rest)
    await server.#executed
    return server
  }

  readonly #executed: Promise<void>

  private constructor(
    { words, user }: Command,
    port: number,
    { terminal, configuration }: Omit<Start, 'port'>,
  ) {
    this.port = port
    this.#folder = mkdtempSync(join(tmpdir(), 'truefork-grade-'))
    // The server may be another user's.
    chmodSync(this.#folder, 0o755)
    if (configuration !== undefined) this.configure(configuration)
    const outputs = ['stdout', 'stderr'].map(name =>
      openSync(
        terminal ?? join(this.#folder, name),
        // The terminal must not become that of this process.
        terminal ? constants.O_RDWR | constants.O_NOCTTY : 'a',
      ),
    ) as [number, number]
    const [file, ...args] = words.map(word =>
      word.replaceAll('{port}', String(port)).replaceAll('{config}', this.#configurationFile),
    )
    // A session, and so a process group, of its own: it is ended with all that it starts.
    const options = { stdio: ['ignore', ...outputs] as ['ignore', number, number], detached: true }
    const uid = user?.uid ?? process.getuid?.() ?? 0
    this.child = withProcessLimit(uid, () => spawn(file as string, args, { ...options, ...user }))
    for (const fd of outputs) closeSync(fd)
    this.child.on('exit', (code, signal) => {
      this.#ended = signal ?? `exited ${code}`
    })
    const failed = once(this.child, 'error').then(([error]) => {
      throw new NotStarted(`cannot execute ${file}: ${(error as Error).message}`)
    })
    this.#executed = Promise.race([once(this.child, 'spawn').then(() => {}), failed])
    failed.catch(() => {})
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  get #configurationFile(): string {
    return join(this.#folder, 'configuration')
  }

  /** Has something else stand in its configuration file, as if an editor had saved it. */
  configure(text: string): void {
    writeFileSync(this.#configurationFile, text)
  }

  collected(ended: Map<number, string>): void {
    for (const [pid, how] of ended) this.#collected.set(pid, how)
  }

  /** How a process has ended, as far as it is known: `exited 1`, `SIGPIPE`. */
  async endingOf(pid: number): Promise<string> {
    // The event may come a moment after the end.
    if (pid === this.pid && this.#ended === undefined) await once(this.child, 'exit')
    return (pid === this.pid ? this.#ended : this.#collected.get(pid)) ?? 'how is not known'
  }

  /** What it has written so far. */
  written(output: 'stdout' | 'stderr'): string {
    const file = join(this.#folder, output)
    return existsSync(file) ? readFileSync(file, 'utf8') : '' // it went to the terminal
  }

  /** What it has said of its end, for people: the error, or else the last lines. */
  lastWords(): string {
    const said = this.written('stderr').trim() || this.written('stdout').trim()
    if (said === '') return ''
    const lines = said.split('\n')
    // Node ends with its stack and its version: what happened stands above them.
    const error = lines.findLast(line => /^\w*Error\b.*: /.test(line))
    return `; it said: ${error ?? lines.slice(-3).join(' | ')}`
  }

  /** Ends it, and whatever came of it. */
  async end(): Promise<void> {
    await endAll(this.pid)
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
