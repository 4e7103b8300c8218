// The descriptors of all processes, as the calls of a trace open, copy and close them.
import type { CallLine, Opened } from '../trace/line.ts'
import type { Holding, Lane, OpenFile } from './timeline.ts'

const standard = ['standard input', 'standard output', 'standard error']

export class Descriptors {
  readonly files: OpenFile[] = []
  /** What each process holds now, by descriptor. */
  readonly #tables = new WeakMap<Lane, Map<number, Holding>>()

  /** A process that was not forked but started. */
  start(lane: Lane, at: number): void {
    this.#tables.set(lane, new Map())
    for (const [fd, name] of standard.entries())
      this.#hold(lane, { fd, file: this.#file('standard', name), from: at, kept: true })
  }

  /** fork: the child holds what its parent does. */
  fork(parent: Lane, child: Lane, at: number): void {
    this.#tables.set(child, new Map())
    for (const { fd, file, kept } of this.#tableOf(parent).values())
      this.#hold(child, { fd, file, from: at, kept })
  }

  call(lane: Lane, line: CallLine, at: number): void {
    for (const opened of line.opened ?? []) this.#open(lane, opened, at)
    for (const fd of line.closed ?? []) this.#close(lane, fd, at)
    const [fd, second, third] = line.args
    if (line.error !== undefined || typeof fd !== 'number') return
    if (line.call === 'listen') this.#listen(lane, fd, at)
    if (line.call === 'bind' && line.address === undefined) this.#name(lane, fd, String(second), at)
    if (line.call === 'getsockname') this.#nameUnlessAccepted(lane, fd, line.address, at)
    if (line.call === 'fcntl' && second === 'F_SETFD') this.#known(lane, fd, at).kept = third === 0
  }

  /** execve: all that is close-on-exec is closed. Returns what that is. */
  exec(lane: Lane, at: number): Holding[] {
    const closed = [...this.#tableOf(lane).values()].filter(({ kept }) => !kept)
    for (const { fd } of closed) this.#close(lane, fd, at)
    return closed
  }

  /** execve has failed, and nothing was closed. */
  keep(lane: Lane, holdings: readonly Holding[]): void {
    for (const holding of holdings) {
      holding.to = Number.POSITIVE_INFINITY
      this.#tableOf(lane).set(holding.fd, holding)
    }
  }

  end(lane: Lane, at: number): void {
    for (const fd of [...this.#tableOf(lane).keys()]) this.#close(lane, fd, at)
  }

  #open(lane: Lane, { fd, kind, name, of, kept }: Opened, at: number): void {
    this.#close(lane, fd, at)
    const file =
      kind === 'copy'
        ? this.#known(lane, of as number, at).file
        : this.#file(kind, nameOf(kind, name))
    this.#hold(lane, { fd, file, from: at, kept: kept ?? false })
  }

  #listen(lane: Lane, fd: number, at: number): void {
    const file = this.#fileOf(lane, fd, at)
    if (file.kind === 'top') return
    file.kind = 'top'
    file.name = file.name.replace(/^socket|^descriptor.*/, 'top socket')
  }

  #name(lane: Lane, fd: number, address: string, at: number): void {
    const file = this.#fileOf(lane, fd, at)
    file.name = `${file.kind === 'top' ? 'top socket' : 'socket'} ${address}`
  }

  #nameUnlessAccepted(lane: Lane, fd: number, address: string | undefined, at: number): void {
    if (address !== undefined && this.#fileOf(lane, fd, at).kind !== 'accepted')
      this.#name(lane, fd, address, at)
  }

  #fileOf = (lane: Lane, fd: number, at: number): OpenFile =>
    this.files[this.#known(lane, fd, at).file] as OpenFile

  // One that whoever started the program has left to it shows when it is first used.
  #known(lane: Lane, fd: number, at: number): Holding {
    const holding = this.#tableOf(lane).get(fd)
    if (holding) return holding
    const file = this.#file('unknown', `descriptor ${fd}, there from the start`)
    return this.#hold(lane, { fd, file, from: at, kept: false })
  }

  #hold(lane: Lane, holding: Omit<Holding, 'to'>): Holding {
    const held = { ...holding, to: Number.POSITIVE_INFINITY }
    this.#tableOf(lane).set(held.fd, held)
    lane.holdings.push(held)
    return held
  }

  #close(lane: Lane, fd: number, at: number): void {
    const table = this.#tableOf(lane)
    const holding = table.get(fd)
    if (holding) holding.to = at
    table.delete(fd)
  }

  #file(kind: OpenFile['kind'], name: string): number {
    this.files.push({ id: this.files.length, kind, name })
    return this.files.length - 1
  }

  #tableOf(lane: Lane): Map<number, Holding> {
    return this.#tables.get(lane) ?? new Map()
  }
}

function nameOf(kind: Opened['kind'], name: string | undefined): string {
  if (kind === 'accepted')
    return name === undefined ? 'accepted socket' : `accepted socket of ${name}`
  if (kind === 'pipe') return `pipe, ${name}`
  return name ?? kind
}
