// Starts the real command, and looks at processes with ps(1), which every UNIX has.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export class NotChecked extends Error {}

export const command = join(import.meta.dirname, '../../dist/cli/main.js')
export const handler = join(import.meta.dirname, 'handler.mjs')

let deadline = 20_000
export function setDeadline(milliseconds) {
  deadline = milliseconds
}

/** What `truefork` stands for: node and the command, perhaps under something else. */
let launch = [process.execPath, command]
export function setLaunch(words) {
  launch = words
}

export function expect(condition, text) {
  if (!condition) throw new Error(text)
}

/** Asks again until the answer is truthy. */
export async function until(ask, what) {
  const end = Date.now() + deadline
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    expect(Date.now() < end, `not within ${deadline / 1000} s: ${what}`)
    await sleep(10)
  }
}

/** Of all processes: pid, parent, state and command line. */
export function processes() {
  const args = ['-axo', 'pid=,ppid=,stat=,args=']
  // The ps of busybox has neither -a nor -x, and shows all.
  const busybox = ['-o', 'pid,ppid,stat,args']
  let text = ''
  try {
    text = execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    text = execFileSync('ps', busybox, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  }
  return [...text.matchAll(/^ *(\d+) +(\d+) +(\S+) +(.*)$/gm)].map(
    ([, pid, parent, state, args]) => ({
      ...{ pid: Number(pid), parent: Number(parent), state, args },
    }),
  )
}

export const childrenOf = pid => processes().filter(({ parent }) => parent === pid)
export const isAlive = pid =>
  processes().some(each => each.pid === pid && !each.state.startsWith('Z'))

const started = []

/** Ends what a check has started, daemons in the background among it, and what these have forked. */
export async function stopAll() {
  for (const { child, pids } of started.splice(0)) {
    const roots = [child.pid, ...pids]
    const all = processes().filter(
      ({ pid, parent }) => roots.includes(pid) || roots.includes(parent),
    )
    for (const { pid } of all) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // it has ended
      }
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
}

/** A started command: what it logs, how it ends. */
export class Started {
  stdout = ''
  stderr = ''
  /** More processes that are to be ended after the check. */
  pids = []

  constructor(args) {
    const [file, ...words] = launch
    this.child = spawn(file, [...words, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const name of ['stdout', 'stderr']) {
      this.child[name].setEncoding('utf8').on('data', text => {
        this[name] += text
      })
    }
    started.push(this)
  }

  signal(name) {
    process.kill(this.pid ?? this.child.pid, name)
  }

  /** The first match in what was logged behind `from`, now or later. */
  async log(pattern, from = 0) {
    return await until(() => {
      const match = pattern.exec(this.stderr.slice(from))
      expect(match || this.child.exitCode === null, `it ended: ${this.stderr}`)
      return match
    }, `${pattern} in:\n${this.stderr}`)
  }

  async ended() {
    await until(
      () => this.child.exitCode !== null || this.child.signalCode !== null,
      `the end of the process; it said:\n${this.stderr}`,
    )
    return this.child.signalCode ?? this.child.exitCode
  }
}

/** `truefork serve`, once it listens. */
export async function serve(args, { host = '127.0.0.1' } = {}) {
  const where = host.startsWith('unix:') ? ['--listen', host] : ['--host', host, '--port', '0']
  const server = new Started(['serve', handler, ...where, ...args])
  return await listening(server, host)
}

export async function listening(server, host = '127.0.0.1') {
  const [, port, pid] = await server.log(/listening on (?:unix:.*?|.*:(\d+)) \(pid (\d+)\)/)
  server.pid = Number(pid)
  server.address = host.startsWith('unix:') ? { path: host.slice(5) } : { host, port: Number(port) }
  server.pids.push(server.pid)
  return server
}
