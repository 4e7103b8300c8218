// A snapshot in one line, and as text or JSON for scripts.

import type { Row } from './order.ts'
import type { Snapshot } from './snapshot.ts'
import { table } from './table.ts'
import { size } from './values.ts'

/** `3 processes, 1 client, 1 ZOMBIE, 38.2M private, 00:41:07`. */
export function summary({ processes, time }: Snapshot): string {
  const count = (number: number, one: string, many = `${one}s`) =>
    `${number} ${number === 1 ? one : many}`
  const zombies = processes.filter(({ state }) => state === 'zombie').length
  const clients = new Set(processes.flatMap(({ clients }) => clients ?? []))
  const memory = processes.flatMap(({ privateBytes }) => privateBytes ?? [])
  const unread = memory.length < processes.length ? ' and more' : ''
  return [
    count(processes.length, 'process', 'processes'),
    count(clients.size, 'client'),
    zombies ? count(zombies, 'ZOMBIE', 'ZOMBIES') : '0 zombies',
    `${size(memory.reduce((sum, bytes) => sum + bytes, 0))}${unread} private`,
    time.toTimeString().slice(0, 8),
  ].join(', ')
}

/** One picture as plain text, without its last end of line. */
export const asText = (snapshot: Snapshot, rows: readonly Row[], cells: number): string =>
  [summary(snapshot), '', ...table(rows, cells)].map(line => line.trimEnd()).join('\n')

/** The same for scripts: what could not be read is null. */
export const asJson = ({ time }: Snapshot, rows: readonly Row[]): string =>
  JSON.stringify({ time: time.toISOString(), processes: rows.map(({ process }) => process) })
