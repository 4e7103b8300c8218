// A real terminal for programs that draw: tmux(1), with a server of its own for each test.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { until } from './until.ts'

export interface TerminalOptions {
  columns?: number
  rows?: number
  env?: Record<string, string>
  /** The command is a job of its own, which can be suspended. */
  isJob?: boolean
}

/** Three programs have to start before there is anything to see, in ms. */
export const PATIENCE = 30_000

const quoted = (word: string | number) => `'${String(word).replaceAll("'", "'\\''")}'`

export class Terminal {
  readonly #socket = join(temporaryFolder(), 'tmux')

  /** Runs the command in a terminal; `afterwards` is a line for sh(1) once it has ended. */
  constructor(
    command: readonly (string | number)[],
    afterwards: string,
    { columns = 120, rows = 24, env = {}, isJob = false }: TerminalOptions = {},
  ) {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`)
    const line = `${isJob ? 'set -m; ' : ''}${variables.join(' ')} ${command.map(quoted).join(' ')}; ${afterwards}; exec cat`
    const size = ['-x', String(columns), '-y', String(rows)]
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, line)
    onTestFinished(() => void this.#tmux('kill-server'))
  }

  #tmux(...args: string[]): string {
    const command = ['-u', '-S', this.#socket, ...args]
    const env = { ...process.env, LC_ALL: 'C.UTF-8', TMUX: '' }
    return execFileSync('tmux', command, {
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** What a person sees, line by line. */
  screen(): string[] {
    return this.#tmux('capture-pane', '-p').split('\n')
  }

  /** The same with the sequences that make colours. */
  coloured(): string {
    return this.#tmux('capture-pane', '-p', '-e')
  }

  /** Keys as tmux names them: `q`, `Down`, `C-c`. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** A variable of the pane, as `alternate_on` or `cursor_flag`. */
  is(variable: string): string {
    return this.#tmux('display-message', '-p', `#{${variable}}`).trim()
  }

  /** The first line that matches, once there is one. */
  shows(pattern: RegExp): Promise<string> {
    const found = () => this.screen().find(line => pattern.test(line))
    return until(found, { what: `${pattern}`, deadline: PATIENCE }).catch(error => {
      throw new Error(`${error.message}; there is\n${this.screen().join('\n')}`)
    })
  }

  /** Waits until no line matches any more. */
  async showsNot(pattern: RegExp): Promise<void> {
    const gone = () => !this.screen().some(line => pattern.test(line))
    await until(gone, { what: `no ${pattern}`, deadline: PATIENCE })
  }
}
