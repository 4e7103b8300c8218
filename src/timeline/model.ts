// From the lines of a trace to its timeline. Pure functions: the page, the exports and whoever else
// shows what a server does can use them, in Node and in a browser.
import type {
  CallLine,
  EventLine,
  SignalLine,
  StartLine,
  StepLine,
  TraceLine,
} from '../trace/line.ts'
import { callText } from './callText.ts'
import { Descriptors } from './descriptors.ts'
import { forget } from './forget.ts'
import { callsOf } from './moment.ts'
import { settle } from './settle.ts'
import type { Holding, Lane, Timeline } from './timeline.ts'

/** @param lines in the order of readTrace */
export function timelineOf(lines: readonly TraceLine[]): Timeline {
  const builder = new Builder()
  for (const line of lines) builder.add(line)
  return builder.finish()
}

const isStart = (line: TraceLine): line is StartLine => 'trace' in line
const isCall = (line: TraceLine): line is CallLine => 'call' in line
const isSignal = (line: TraceLine): line is SignalLine => 'handler' in line
const isStep = (line: TraceLine): line is StepLine => 'enters' in line
const isEvent = (line: TraceLine): line is EventLine => 'event' in line

/** Line by line, as a trace grows. */
export class Builder {
  readonly #descriptors = new Descriptors()
  /** What has come to be so far. What goes on has no end yet; the calls stand in their lanes alone. */
  readonly timeline: Timeline = {
    time: '',
    argv: [],
    start: 0,
    length: 0,
    lanes: [],
    files: this.#descriptors.files,
    births: [],
    signals: [],
    events: [],
    calls: [],
  }
  /** What the clock showed at the beginning. */
  origin: number | undefined
  /** The process that has the id now. */
  readonly #now = new Map<number, Lane>()
  /** The end of the last line of each process. */
  readonly #lastWord = new WeakMap<Lane, number>()
  /** What each process held that is about to become another program. */
  readonly #shed = new WeakMap<Lane, Holding[]>()

  add(line: TraceLine): void {
    const { timeline } = this
    this.origin ??= line.t
    const at = line.t - this.origin
    const to = at + (isCall(line) ? (line.dt ?? 0) : 0)
    timeline.length = Math.max(timeline.length, to)
    if (isStart(line)) this.#start(line, at)
    else if (isCall(line) && line.ppid !== undefined) this.#born(line, at)
    const lane = this.#laneOf(line.pid, at)
    this.#lastWord.set(lane, to)
    if (isCall(line)) this.#call(lane, line, at, to)
    else if (isSignal(line)) this.#handle(lane, line, at)
    else if (isStep(line)) this.#enter(lane, line, at)
    else if (isEvent(line)) this.#happen(lane, line, at)
  }

  finish(): Timeline {
    const { timeline } = this
    settle(timeline, timeline.length)
    timeline.signals.sort((a, b) => a.at - b.at)
    timeline.calls = callsOf(timeline.lanes)
    return timeline
  }

  /** By then it had ended, as the system says; the trace may come to know how. */
  endWithoutWord(lane: Lane, at: number): void {
    this.timeline.length = Math.max(this.timeline.length, at)
    this.#end(lane, at, false)
  }

  /** Forgets what was over before a time, so that a trace of any length has room. */
  forget(before: number): void {
    const { lanes } = this.timeline
    forget(this.timeline, before)
    for (const [pid, lane] of this.#now) if (lanes[lane.id] !== lane) this.#now.delete(pid)
  }

  // A process that was started; or one that became node anew, as the daemon process of an upgrade.
  #start({ pid, ppid, time, argv }: StartLine, at: number): void {
    if (this.timeline.time === '') Object.assign(this.timeline, { time, argv })
    if (this.#isThere(pid)) return
    const lane = this.#newLane(pid, this.#now.get(ppid), at)
    this.#descriptors.start(lane, at)
  }

  #isThere = (pid: number): boolean => {
    const lane = this.#now.get(pid)
    return lane !== undefined && !lane.reaped && !lane.ended
  }

  // Either of parent and child may be the first to come to words after the fork.
  #born({ pid, ppid }: CallLine, at: number): void {
    const lane = this.#now.get(pid)
    const isAnnounced = lane && !lane.reaped && !this.#lastWord.has(lane)
    if (!isAnnounced) this.#fork(this.#now.get(ppid as number), pid, at)
  }

  #announced(parent: Lane, pid: number, at: number): void {
    const lane = this.#now.get(pid)
    const isBorn = lane && !lane.reaped && lane.parent === parent.id
    if (!isBorn) this.#fork(parent, pid, at)
  }

  #fork(parent: Lane | undefined, pid: number, at: number): void {
    const child = this.#newLane(pid, parent, at)
    if (!parent) {
      this.#descriptors.start(child, at)
      return
    }
    this.#descriptors.fork(parent, child, at)
    this.timeline.births.push({ at, parent: parent.id, child: child.id })
  }

  #newLane(pid: number, parent: Lane | undefined, born: number): Lane {
    const lane: Lane = {
      id: this.timeline.lanes.length,
      pid,
      parent: parent?.id,
      role: '',
      clients: [],
      born,
      ended: undefined,
      reaped: undefined,
      boxes: [],
      handlers: [],
      calls: [],
      holdings: [],
      programs: [],
    }
    this.timeline.lanes.push(lane)
    this.#now.set(pid, lane)
    return lane
  }

  #laneOf(pid: number, at: number): Lane {
    const lane = this.#now.get(pid)
    if (lane) return lane
    // Its beginning is missing, as where an old part of the file was thrown away.
    const found = this.#newLane(pid, undefined, at)
    this.#descriptors.start(found, at)
    return found
  }

  #enter(lane: Lane, { role, box }: StepLine, at: number): void {
    lane.role = role
    const last = lane.boxes.at(-1)
    if (last) last.to = at
    if (box !== undefined) lane.boxes.push({ from: at, to: Number.POSITIVE_INFINITY, role, box })
  }

  #handle(lane: Lane, { signal, handler }: SignalLine, at: number): void {
    if (handler === 'begins') {
      lane.handlers.push({ from: at, to: Number.POSITIVE_INFINITY, signal })
      this.timeline.signals.push({ at, lane: lane.id, signal, kind: 'handled' })
      return
    }
    const open = lane.handlers.findLast(span => span.signal === signal && span.to > at)
    if (open) open.to = at
  }

  #happen(lane: Lane, line: EventLine, at: number): void {
    const { t: _t, pid: _pid, role: _role, box: _box, event, ...fields } = line
    const { client, child } = line
    const served = child === undefined ? lane : this.#now.get(child)
    if (client && (event === 'forked' || (event === 'accepted' && lane.role === 'spare')))
      served?.clients.push(client)
    const words = Object.entries(fields).map(([key, value]) =>
      typeof value === 'object' ? `${key}=${JSON.stringify(value)}` : `${key}=${value}`,
    )
    this.timeline.events.push({ at, lane: lane.id, event, text: [event, ...words].join(' ') })
  }

  #call(lane: Lane, line: CallLine, at: number, to: number): void {
    const { call, error } = line
    const failed = error !== undefined
    lane.calls.push({ from: at, to, lane: lane.id, text: callText(line), name: call, failed })
    this.#descriptors.call(lane, line, to)
    if (failed && call === 'execve') this.#stay(lane)
    if (failed) return
    if (call === 'fork' && line.result) this.#announced(lane, line.result, to)
    else if (call === '_exit' || call === 'exit') this.#end(lane, at, true)
    else if (call === 'execve') this.#become(lane, line, at)
    else if (call === 'kill') this.#send(lane, line, at)
    else if (call === 'waitpid' || call === 'waitid') this.#reap(lane, line, to)
  }

  #end(lane: Lane, at: number, isExact: boolean): void {
    if (lane.ended) return
    lane.ended = { at, isExact }
    this.#descriptors.end(lane, at)
  }

  #become(lane: Lane, line: CallLine, at: number): void {
    lane.programs.push({ at, name: String(line.args[0]) })
    this.#shed.set(lane, this.#descriptors.exec(lane, at))
  }

  // execve has a line before, and another one only if it comes back.
  #stay(lane: Lane): void {
    const shed = this.#shed.get(lane)
    if (!shed) return
    this.#shed.delete(lane)
    lane.programs.pop()
    this.#descriptors.keep(lane, shed)
  }

  #send(lane: Lane, { args: [pid, signal] }: CallLine, at: number): void {
    const target = this.#now.get(Number(pid))
    if (typeof signal !== 'string' || !target) return
    this.timeline.signals.push({ at, lane: lane.id, signal, kind: 'sent', to: target.id })
  }

  // What has stopped or goes on has not ended, and WNOWAIT only looks.
  #reap(parent: Lane, { result, status, args }: CallLine, to: number): void {
    const child = this.#now.get(result ?? 0)
    const hasEnded = status?.kind === 'exited' || status?.kind === 'signaled'
    if (!child || !status || !hasEnded || String(args.at(-1)).includes('WNOWAIT')) return
    if (!child.ended) this.#end(child, this.#noticed(parent, child, to), false)
    child.reaped = { at: to, by: parent.id, status }
    if (status.kind !== 'signaled' || !child.ended) return
    const { at } = child.ended
    this.timeline.signals.push({ at, lane: child.id, signal: status.signal, kind: 'deadly' })
  }

  // It has ended without a word: the first that the trace knows of it is that its parent heard SIGCHLD.
  #noticed(parent: Lane, child: Lane, reapedAt: number): number {
    const heard = parent.handlers.findLast(
      ({ signal, from }) => signal === 'SIGCHLD' && from < reapedAt,
    )
    return Math.max(heard?.from ?? reapedAt, this.#lastWord.get(child) ?? child.born)
  }
}
