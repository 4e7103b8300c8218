// Programs under test: each runs as a process of its own, never in that of vitest.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'
import { nodeUnderTest } from './node.ts'
import { DEADLINE, within } from './until.ts'

/** What node must be started with so that fork is safe. */
export const launchFlags = ['--single-threaded', '--v8-pool-size=1']

export interface FixtureOptions {
  /** Options of node, in place of the launch flags. */
  nodeArgs?: readonly string[]
  /** Variables beside those of this process; `undefined` takes one away. */
  env?: NodeJS.ProcessEnv
  /** A command and its arguments to start node with, as `['unshare', '-m']`. */
  under?: readonly string[]
  cwd?: string
  /** Leaves what the program writes to stdout in the pipe until `readStdout()` is called. */
  unread?: boolean
}

export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
}

/** The lines of one output: each is looked at by `line` once. */
class Lines {
  readonly name: string
  readonly all: string[] = []
  rest = ''
  #next = 0
  #wake = () => {}
  closed = false

  constructor(name: string) {
    this.name = name
  }

  add(text: string) {
    const lines = (this.rest + text).split('\n')
    this.rest = lines.pop()!
    this.all.push(...lines)
    this.#wake()
  }

  end() {
    this.closed = true
    this.#wake()
  }

  async find(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      while (this.#next < this.all.length) {
        const match = pattern.exec(this.all[this.#next++]!)
        if (match) return match
      }
      if (this.closed) throw new Error(`${this.name} ended without ${pattern}`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}

export class Fixture {
  readonly child: ChildProcess
  readonly pid: number
  readonly stdout = new Lines('stdout')
  readonly stderr = new Lines('stderr')
  /** Settles once the process has ended and its outputs are closed. */
  readonly exited: Promise<Ending>

  constructor(command: readonly string[], { env, cwd, unread = false }: FixtureOptions) {
    const [file, ...args] = command as [string, ...string[]]
    // A process group of its own: the clean-up reaches what the program has forked, too.
    this.child = spawn(file, args, {
      cwd,
      env: { ...process.env, NODE_OPTIONS: undefined, ...env },
      detached: true,
    })
    this.pid = this.child.pid!
    this.child.stdin!.on('error', () => {}) // it need not read what it is sent
    if (!unread) this.readStdout()
    this.#read(this.child.stderr!, this.stderr)
    this.exited = once(this.child, 'close').then(([code, signal]) => ({ code, signal }))
  }

  readStdout() {
    this.#read(this.child.stdout!, this.stdout)
  }

  #read(stream: NodeJS.ReadableStream, lines: Lines) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => lines.add(text))
    stream.on('end', () => lines.end())
  }

  /** The first line not looked at yet that matches. */
  line(pattern: RegExp, { from = this.stdout, deadline = DEADLINE } = {}) {
    return within(
      from.find(pattern),
      () => `a line ${pattern} on ${from.name}\n${this.#said()}`,
      deadline,
    )
  }

  /** The next line of stdout, which is JSON. */
  async json() {
    return JSON.parse((await this.line(/.+/))[0])
  }

  /** How the process ended, once it has. */
  ended(deadline = DEADLINE): Promise<Ending> {
    return within(this.exited, () => `the end of the process\n${this.#said()}`, deadline)
  }

  /** Writes a line to the program's stdin. */
  tell(text: string) {
    this.child.stdin!.write(`${text}\n`)
  }

  kill(signal: NodeJS.Signals) {
    process.kill(this.pid, signal)
  }

  #said() {
    return `stdout: ${this.stdout.all.join('\n')}\nstderr: ${this.stderr.all.join('\n')}`
  }
}

const started: Fixture[] = []

afterEach(async () => {
  for (const fixture of started.splice(0)) {
    try {
      process.kill(-fixture.pid, 'SIGKILL')
    } catch {
      // nothing is left of it
    }
    if (fixture.child.exitCode === null && fixture.child.signalCode === null) {
      await once(fixture.child, 'exit')
    }
  }
})

/** Starts test/fixtures/NAME.mjs. It is killed after the test, and all that it forked with it. */
export function startFixture(
  name: string,
  args: readonly (string | number)[] = [],
  options: FixtureOptions = {},
): Fixture {
  const file = fileURLToPath(new URL(`../fixtures/${name}.mjs`, import.meta.url))
  const { nodeArgs = launchFlags, under = [] } = options
  const command = [...under, nodeUnderTest, ...nodeArgs, file, ...args.map(String)]
  const fixture = new Fixture(command, options)
  started.push(fixture)
  return fixture
}

/** Runs a fixture to its end, which must be exit status 0, and reads its last line as JSON. */
export async function askFixture(
  name: string,
  args: readonly (string | number)[] = [],
  options: FixtureOptions = {},
) {
  const fixture = startFixture(name, args, options)
  const { code, signal } = await fixture.ended()
  if (code !== 0) {
    throw new Error(
      `${name} ${args} ended with ${code ?? signal}:\n${fixture.stderr.all.join('\n')}`,
    )
  }
  return JSON.parse(fixture.stdout.all.at(-1) ?? 'null')
}
