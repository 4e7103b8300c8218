// The real command as a process of its own, and clients that talk to it.
import { readdirSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'
import { connectClient } from './client.ts'
import { Fixture, type FixtureOptions } from './fixture.ts'
import { nodeUnderTest } from './node.ts'
import { descriptors, exists } from './proc.ts'
import { DEADLINE, until, within } from './until.ts'

export const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** A file of test/fixtures/server. */
export const fixtureFile = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/server/${name}`, import.meta.url))

let programs = 0

function environment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return '' // it has ended
  }
}

/** A program that is a server, or may become one. What it forks is killed after the test, too. */
export class Program extends Fixture {
  /** The daemon process. With --daemon it is not the process that was started. */
  daemon: number
  port = 0
  readonly #mark: string

  constructor(command: readonly string[], options: FixtureOptions) {
    const mark = `${process.pid}.${++programs}`
    super(command, { ...options, env: { ...options.env, TRUEFORK_TEST: mark } })
    this.daemon = this.pid
    this.#mark = `TRUEFORK_TEST=${mark}\0`
  }

  /** Waits for the line that tells the port. */
  async listening(deadline = DEADLINE): Promise<this> {
    const line = /^truefork: listening on (?:127\.0\.0\.1|\[::1?\]):(\d+) \(pid (\d+)\)$/
    const [, port, pid] = await this.line(line, { from: this.stderr, deadline })
    this.port = Number(port)
    this.daemon = Number(pid)
    return this
  }

  /** The lines of standard error so far that match. */
  logged(pattern: RegExp): string[] {
    return this.stderr.all.filter(line => pattern.test(line))
  }

  /** The first line of standard error that matches, whether it is there already or comes yet. */
  log(pattern: RegExp, count = 1): Promise<string> {
    const found = () => this.logged(pattern)[count - 1]
    return until(found, { what: `${pattern} in\n${this.stderr.all.join('\n')}` })
  }

  /** Sends a signal to the daemon process. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.daemon, signal)
  }

  /** A client who is connected, from another of this machine's addresses if one is given. */
  async client(host = '127.0.0.1', from?: string): Promise<Talk> {
    const local = from === undefined ? {} : { localAddress: from }
    return new Talk(await connectClient({ host, port: this.port, ...local, allowHalfOpen: true }))
  }

  /** A client whose server process is known, and has answered. */
  async served(): Promise<Talk & { server: number }> {
    const talk = await this.client()
    const [pid] = (await talk.ask('who')).split(' ')
    return Object.assign(talk, { server: Number(pid) })
  }

  /** Every process that came of this program and still runs, whoever its parent is now. */
  relatives(): number[] {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .filter(pid => environment(pid).includes(this.#mark))
      .map(Number)
  }

  /** The server processes, zombies among them. */
  children(): number[] {
    return childrenNow(this.daemon)
  }
}

/** The children of a process's main thread; the daemon forks from no other. */
export function childrenNow(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return list === '' ? [] : list.split(' ').map(Number)
}

const started: Program[] = []

afterEach(async () => {
  for (const program of started.splice(0)) {
    // A daemon may fork while the list is made.
    for (let left = program.relatives(); left.length > 0; left = program.relatives()) {
      for (const pid of left) killIfThere(pid)
      await new Promise(resolve => setImmediate(resolve))
    }
    await program.exited
  }
})

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

function start(argv: readonly (string | number)[], options: FixtureOptions): Program {
  const { under = [], nodeArgs = [] } = options
  return startForeign([...under, nodeUnderTest, ...nodeArgs, ...argv.map(String)], options)
}

/** A program that is not node: another server, to compare with. */
export function startForeign(command: readonly string[], options: FixtureOptions = {}): Program {
  const program = new Program(command, options)
  started.push(program)
  return program
}

/** `truefork ARGUMENTS`, not waiting for anything. */
export const startCommand = (
  args: readonly (string | number)[],
  options: FixtureOptions = {},
): Program => start([command, ...args], options)

/** Any script of the repository, as node starts it. */
export const startScript = (
  file: string,
  args: readonly (string | number)[] = [],
  options: FixtureOptions = {},
): Program => start([file, ...args], options)

/** A program of test/fixtures/server, started as `truefork run` starts it, or with `nodeArgs`. */
export function startProgram(
  name: string,
  args: readonly (string | number)[] = [],
  options: FixtureOptions = {},
): Program {
  const { nodeArgs = ['--single-threaded', '--v8-pool-size=1'] } = options
  return start([fixtureFile(name), ...args], { ...options, nodeArgs })
}

/** `truefork serve HANDLER --port 0 ARGUMENTS`, once it listens. The tests may be root's. */
export function startServer(
  handler: string,
  args: readonly (string | number)[] = [],
  options: FixtureOptions = {},
): Promise<Program> {
  const file = handler.startsWith('/') ? handler : fixtureFile(handler)
  const command = ['serve', file, '--allow-root', '--port', 0, ...args]
  return startCommand(command, options).listening()
}

/** `truefork exec ARGUMENTS -- PROGRAM` on a port of its own, once it listens. */
export function startExec(
  program: readonly (string | number)[],
  args: readonly (string | number)[] = [],
  options: FixtureOptions = {},
): Promise<Program> {
  const command = ['exec', '--allow-root', '--port', 0, ...args, '--', ...program]
  return startCommand(command, options).listening()
}

/** Runs the command to its end. */
export async function runCommand(args: readonly (string | number)[], options: FixtureOptions = {}) {
  const program = startCommand(args, options)
  const { code, signal } = await program.ended()
  return { code, signal, pid: program.pid, out: program.stdout.all, err: program.stderr.all }
}

/** A conversation, line by line. */
export class Talk {
  readonly socket: Socket
  #text = ''
  #wake = () => {}
  /** True once the server has ended its side, or the connection. */
  over = false
  /** Undefined, or how the connection broke. */
  error: string | undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      this.#text += text
      this.#wake()
    })
    socket.on('error', (error: Error & { code?: string }) => {
      this.error = error.code
    })
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.over = true
        this.#wake()
      })
    }
  }

  /** What has come and was not taken yet. */
  get pending(): string {
    return this.#text
  }

  /** The next line from the server. */
  line(): Promise<string> {
    return within(
      this.#wait(() => this.#takeLine()),
      () => `a line; there is ${JSON.stringify(this.#text)}`,
    )
  }

  /** What comes until the server ends. */
  rest(deadline = DEADLINE): Promise<string> {
    return within(
      this.#wait(() => (this.over ? this.#text : undefined)),
      () => `the end; there is ${JSON.stringify(this.#text)}`,
      deadline,
    )
  }

  send(line: string): void {
    this.socket.write(`${line}\n`)
  }

  /** Sends a line and waits for one. */
  ask(line: string): Promise<string> {
    this.send(line)
    return this.line()
  }

  /** Ends this side and waits for the end of the other. */
  async finish(): Promise<string> {
    this.socket.end()
    return this.rest()
  }

  async #wait<T>(take: () => T | undefined): Promise<T> {
    for (;;) {
      const taken = take()
      if (taken !== undefined) return taken
      if (this.over) throw new Error(`the server has ended (${this.error ?? 'in order'})`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  #takeLine(): string | undefined {
    const end = this.#text.indexOf('\n')
    if (end < 0) return undefined
    const line = this.#text.slice(0, end)
    this.#text = this.#text.slice(end + 1)
    return line
  }
}

/** The sockets of a process beside its standard descriptors, as `socket:[inode]`. */
export const socketsOf = (pid: number): string[] =>
  [...descriptors(pid)]
    .filter(([fd, name]) => fd > 2 && name.startsWith('socket:'))
    .map(([, name]) => name)

/** The sockets that listen on IPv4: port by socket, from the kernel's own table. */
function listeningSockets(): Map<string, number> {
  const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1)
  const listens = '0A'
  return new Map(
    rows
      .map(row => row.trim().split(/\s+/))
      .filter(words => words[3] === listens)
      .map(words => [`socket:[${words[9]}]`, Number.parseInt(words[1]!.split(':')[1]!, 16)]),
  )
}

/** The socket that listens on the port; undefined if none does. */
export const listeningSocket = (port: number): string | undefined =>
  [...listeningSockets()].find(([, listens]) => listens === port)?.[0]

/** The port on which the process listens, if it does yet. */
export function portOf(pid: number): number | undefined {
  const ports = listeningSockets()
  return socketsOf(pid)
    .map(name => ports.get(name))
    .find(port => port !== undefined)
}

/** Waits until a process has ended and been collected. */
export const untilGone = (pid: number) => until(() => !exists(pid), { what: `the end of ${pid}` })
