// The real command, served from a folder of its own, and what it logs.
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isThere, processesWith, readOrNothing } from './proc.mjs'
import { patienceMs, until, within } from './until.mjs'

/** The command, as npm run build leaves it. */
export const main = join(import.meta.dirname, '../../dist/cli/main.js')
const handler = join(import.meta.dirname, 'handler.mjs')

/** @type {Set<Server>} */
const servers = new Set()
process.on('exit', () => {
  for (const server of servers) server.killAll()
})

const folders = []
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A folder for configuration, logs and signs; gone when this program ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'truefork-torture-'))
  folders.push(folder)
  return folder
}

export class Server {
  /** The daemon process: after a hot upgrade, the new one. */
  daemon = 0
  port = 0
  folder
  child
  /** How the process that was started has ended, once it has. */
  exited
  #mark
  #events = []
  #logFile

  /**
   * @param {object} options
   * @param {string[]} [options.args] further options of `truefork serve`
   * @param {string[]} [options.under] a command that starts node
   * @param {number} [options.port]
   * @param {string} [options.folder]
   * @param {string} [options.logFile] where the log goes instead of standard error
   * @param {number} [options.stderr] a descriptor that becomes its standard error
   * @param {NodeJS.ReadableStream} [options.log] where that can be read
   */
  constructor({ args = [], under = [], port = 0, folder = temporaryFolder(), ...output }) {
    const { logFile, stderr, log: stream } = output
    this.folder = folder
    this.#logFile = logFile
    this.#mark = `TORTURE_FOLDER=${folder}`
    const log = logFile === undefined ? [] : ['--log-file', logFile]
    const command = ['serve', handler, '--port', port, '--log', 'json', ...log, ...args]
    const [file, ...rest] = [...under, process.execPath, main, ...command.map(String)]
    this.child = spawn(file, rest, {
      stdio: ['ignore', 'ignore', stderr ?? 'pipe'],
      env: { ...process.env, NODE_OPTIONS: undefined, TORTURE_FOLDER: folder },
      // A group of its own: Ctrl-C is for this program, which then ends it.
      detached: true,
    })
    servers.add(this)
    this.#readLog(stream ?? this.child.stderr)
    if (stderr !== undefined) closeSync(stderr)
    this.exited = new Promise(resolve => {
      this.child.on('exit', (code, signal) => resolve(signal ?? code))
    })
  }

  #readLog(stream) {
    createInterface({ input: stream }).on('line', line => this.#events.push(eventFrom(line)))
  }

  /** All that was logged so far, or one kind of it. */
  log(name) {
    const file = this.#logFile && readOrNothing(this.#logFile).split('\n').map(eventFrom)
    return (file || this.#events).filter(({ event }) => event && (!name || event === name))
  }

  /**
   * Waits until it is logged.
   * @param {string} name of the event
   * @param {(event: object) => boolean} [fits]
   * @returns the events that fit
   */
  logged(name, fits = () => true, count = 1) {
    const find = () => {
      const found = this.log(name).filter(fits)
      return found.length >= count && found
    }
    return until(find, `event ${name} in the log:\n${JSON.stringify(this.log().slice(-5))}`)
  }

  async listening() {
    const ended = this.exited.then(end => {
      throw new Error(`the server ended with ${end}: ${JSON.stringify(this.#events.slice(-3))}`)
    })
    const [event] = await Promise.race([this.logged('listening'), ended])
    ended.catch(() => {})
    this.daemon = event.pid
    this.port = event.port
    return this
  }

  /** @param {NodeJS.Signals} signal for the daemon process */
  signal(signal) {
    process.kill(this.daemon, signal)
  }

  /** The counts of the status line, as of now. */
  async status() {
    const before = this.log('status').length
    this.signal('SIGUSR1')
    return (await this.logged('status', undefined, before + 1)).at(-1)
  }

  /** Whatever came of it and still runs. */
  relatives() {
    return processesWith(this.#mark)
  }

  killAll() {
    for (let left = this.relatives(); left.length > 0; left = this.relatives()) {
      for (const pid of left) if (isThere(pid)) kill(pid)
    }
    servers.delete(this)
  }

  /** Has it stop as one stops a server. @returns what is wrong with how it does, if anything */
  async stop() {
    const { daemon } = this
    this.signal('SIGTERM')
    if (daemon === this.child.pid) {
      const end = await within(this.exited, 'never', patienceMs)
      if (end !== 0) return `it stopped with ${end}`
    }
    const gone = () => !isThere(daemon)
    const isGone = await until(gone, 'the end of the daemon process').catch(() => false)
    if (!isGone) return 'it does not stop'
    const left = this.relatives().length
    return left > 0 ? `${left} processes are left behind` : undefined
  }
}

export const startServer = (options = {}) => new Server(options).listening()

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

// What a handler or a broken pipe leaves in between is no event.
function eventFrom(line) {
  try {
    return JSON.parse(line) ?? {}
  } catch {
    return {}
  }
}
