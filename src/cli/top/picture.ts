// The whole screen as lines, each with what it is to look like.
import { inspect } from 'node:util'
import type { Row } from './order.ts'
import { keyOf, type Snapshot } from './snapshot.ts'
import { summary } from './summary.ts'
import { clientOf, table } from './table.ts'
import { inAscii, inCells, printable } from './text.ts'
import { choices, type Prompt, type View } from './view.ts'

export type Style = 'plain' | 'heading' | 'zombie' | 'selected' | 'zombie selected' | 'prompt'

export interface Line {
  text: string
  style: Style
}

export interface Size {
  columns: number
  rows: number
}

/** Summary, heading and help line stand around the processes. */
export const bodyHeight = ({ rows }: Size): number => Math.max(0, rows - 3)

/** @param view settled: see settle() */
export function picture(snapshot: Snapshot, rows: readonly Row[], view: View, size: Size): Line[] {
  const height = bodyHeight(size)
  // All rows, not only those that are seen, say how wide a column is: scrolling does not shake it.
  const [heading, ...lines] = table(rows, size.columns - 2)
  const seen = lines.slice(view.first, view.first + height).map((text, index): Line => {
    const process = rows[view.first + index]?.process
    const isSelected = process !== undefined && keyOf(process) === view.selected
    const isZombie = process?.state === 'zombie'
    const style = [isZombie && 'zombie', isSelected && 'selected'].filter(Boolean).join(' ')
    return { text: `${isSelected ? '>' : ' '} ${text}`, style: (style || 'plain') as Style }
  })
  const blank = Array.from(
    { length: height - seen.length },
    (): Line => ({ text: '', style: 'plain' }),
  )
  const above: Line[] = [
    { text: summary(snapshot), style: 'plain' },
    { text: `  ${heading}`, style: 'heading' },
  ]
  const all = [...above, ...seen, ...blank].slice(0, Math.max(0, size.rows - 1))
  return [...all, lastLine(view, rows, height)].map(({ text, style }) => ({
    text: inCells(text, size.columns),
    style,
  }))
}

function lastLine(view: View, rows: readonly Row[], height: number): Line {
  if (view.prompt.kind !== 'none') return { text: question(view.prompt), style: 'prompt' }
  if (view.message !== '') return { text: printable(view.message), style: 'prompt' }
  const order = `${view.sort}${view.reverse ? ', reversed' : ''}`
  const part =
    height > 0 && rows.length > height
      ? `${view.first + 1}-${view.first + height} of ${rows.length}  `
      : ''
  return {
    text: `${part}q quit  k signal  s sort: ${order}  r reverse  ↑↓ select`,
    style: 'heading',
  }
}

function question(prompt: Exclude<Prompt, { kind: 'none' }>): string {
  const { target } = prompt
  const client = printable(clientOf(target))
  const whom = `${target.pid} (${target.role}${client && ` of ${client}`})`
  if (prompt.kind === 'confirm') {
    return `Send ${prompt.signal} to ${whom}? y sends it, any other key does not`
  }
  const list = choices.map((name, index) => (index === prompt.choice ? `[${name}]` : name))
  return `Signal to ${whom}: ${list.join(' ')}  ←→ choose, Enter, Esc`
}

const looks: Record<Style, (keyof typeof inspect.colors)[]> = {
  plain: [],
  heading: ['inverse'],
  zombie: ['red', 'bold'],
  selected: ['bold'],
  'zombie selected': ['red', 'bold', 'inverse'],
  prompt: ['yellow', 'bold'],
}

/** A line as it is written to a terminal. */
export function painted({ text, style }: Line, hasColour: boolean, isUtf8: boolean): string {
  const shown = isUtf8 ? text : inAscii(text)
  if (!hasColour) return shown
  const codes = looks[style].map(name => inspect.colors[name] as [number, number])
  const [on, off] = [codes.map(([code]) => code), codes.map(([, code]) => code).reverse()]
  return codes.length === 0 ? shown : `\x1b[${on.join(';')}m${shown}\x1b[${off.join(';')}m`
}
