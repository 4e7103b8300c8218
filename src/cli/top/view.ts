// What of a snapshot is looked at, and what a key changes in that.
import type { Row } from './order.ts'
import { type Key, keyOf, type ServerProcess } from './snapshot.ts'
import { type SortKey, sortKeys } from './sortKeys.ts'

/** What may be sent; more can be sent with kill(1). */
export const choices = 'TERM INT HUP QUIT USR1 USR2 STOP CONT KILL'.split(' ')

/** A signal goes out in two steps: which one, and whether really. */
export type Prompt =
  | { kind: 'none' }
  | { kind: 'choose'; target: ServerProcess; choice: number }
  | { kind: 'confirm'; target: ServerProcess; signal: NodeJS.Signals }

export interface View {
  sort: SortKey
  reverse: boolean
  /** The selected process, and the row in which it stood: another may take its place. */
  selected: Key | undefined
  at: number
  /** The first row that is seen. */
  first: number
  prompt: Prompt
  /** What the last key has done, until the next one. */
  message: string
}

export const firstView = (sort: SortKey, reverse: boolean): View => ({
  sort,
  reverse,
  selected: undefined,
  at: 0,
  first: 0,
  prompt: { kind: 'none' },
  message: '',
})

export interface SendEffect {
  kind: 'send'
  target: ServerProcess
  signal: NodeJS.Signals
}

/** What is to be done beside looking. */
export type Effect = { kind: 'quit' | 'suspend' } | SendEffect

/** A key as node:readline names it. */
export interface KeyPress {
  name?: string | undefined
  ctrl?: boolean | undefined
  sequence?: string | undefined
}

/** The view with its selection among the rows, and the selected row among those that are seen. */
export function settle(view: View, rows: readonly Row[], height: number): View {
  const found = rows.findIndex(({ process }) => keyOf(process) === view.selected)
  const at = Math.max(0, Math.min(found < 0 ? view.at : found, rows.length - 1))
  const row = rows[at]
  const lastFirst = Math.max(0, rows.length - height)
  const first = Math.max(at - height + 1, Math.min(view.first, at, lastFirst))
  return { ...view, selected: row && keyOf(row.process), at, first: Math.max(0, first) }
}

/** What the key does. Quitting and suspending work everywhere. */
export function press(
  view: View,
  key: KeyPress,
  rows: readonly Row[],
  height: number,
): { view: View; effect?: Effect } {
  if (key.ctrl) {
    if (key.name === 'c' || key.name === 'd') return { view, effect: { kind: 'quit' } }
    if (key.name === 'z') return { view, effect: { kind: 'suspend' } }
  }
  const { prompt } = view
  if (prompt.kind === 'choose') return { view: chosen(view, prompt, key) }
  if (prompt.kind === 'confirm') return confirmed(view, prompt, key)
  if (key.name === 'q') return { view, effect: { kind: 'quit' } }
  return { view: settle(moved({ ...view, message: '' }, key, rows, height), rows, height) }
}

function moved(view: View, key: KeyPress, rows: readonly Row[], height: number): View {
  const select = (at: number): View => {
    const row = rows[Math.max(0, Math.min(at, rows.length - 1))]
    return { ...view, selected: row && keyOf(row.process) }
  }
  switch (key.name) {
    case 'up':
      return select(view.at - 1)
    case 'down':
      return select(view.at + 1)
    case 'pageup':
      return select(view.at - height)
    case 'pagedown':
      return select(view.at + height)
    case 'home':
      return select(0)
    case 'end':
      return select(rows.length - 1)
    case 's':
      return { ...view, sort: next(sortKeys, view.sort) }
    case 'r':
      return { ...view, reverse: !view.reverse }
    case 'k':
      return asked(view, rows[view.at]?.process)
    default:
      return view
  }
}

const next = <T>(all: readonly T[], one: T): T => all[(all.indexOf(one) + 1) % all.length] as T

function asked(view: View, target: ServerProcess | undefined): View {
  if (!target) return view
  if (target.state === 'zombie') {
    const message = `${target.pid} has ended: it is ${target.ppid} that has to collect it`
    return { ...view, message }
  }
  return { ...view, prompt: { kind: 'choose', target, choice: 0 } }
}

function chosen(view: View, prompt: Prompt & { kind: 'choose' }, key: KeyPress): View {
  const { target, choice } = prompt
  const choose = (to: number): View => {
    const choice = (to + choices.length) % choices.length
    return { ...view, prompt: { ...prompt, choice } }
  }
  switch (key.name) {
    case 'left':
      return choose(choice - 1)
    case 'right':
    case 'tab':
      return choose(choice + 1)
    case 'return':
    case 'enter': {
      const signal = `SIG${choices[choice]}` as NodeJS.Signals
      return { ...view, prompt: { kind: 'confirm', target, signal } }
    }
    case 'escape':
      return { ...view, prompt: { kind: 'none' }, message: 'nothing was sent' }
    default: {
      // A letter: the next signal whose name begins with it.
      const turned = choices.map((_, step) => (choice + step + 1) % choices.length)
      const letter = key.name?.toUpperCase() ?? ' '
      return choose(turned.find(index => choices[index]?.startsWith(letter)) ?? choice)
    }
  }
}

function confirmed(view: View, prompt: Prompt & { kind: 'confirm' }, key: KeyPress) {
  const closed: View = { ...view, prompt: { kind: 'none' } }
  if (key.name !== 'y') return { view: { ...closed, message: 'nothing was sent' } }
  const { target, signal } = prompt
  return { view: closed, effect: { kind: 'send', target, signal } as const }
}
