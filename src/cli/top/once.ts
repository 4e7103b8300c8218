// One picture, for scripts and for people who want to keep it.
import { CommandError, exitStatus } from '../exitStatus.ts'
import { inOrder } from './order.ts'
import { type Key, takeSnapshot } from './snapshot.ts'
import type { SortKey } from './sortKeys.ts'
import { asJson, asText } from './summary.ts'
import type { System } from './system.ts'
import { inAscii, showsUtf8 } from './text.ts'

export interface OnceOptions {
  sort: SortKey
  reverse: boolean
  json: boolean
}

/** @throws CommandError 1: the server has ended in the meantime */
export async function once(system: System, server: Key, options: OnceOptions): Promise<void> {
  const snapshot = takeSnapshot(system, new Set([server]))
  const rows = inOrder(snapshot.processes, options.sort, options.reverse)
  if (rows.length === 0) throw new CommandError(exitStatus.no, 'the server has ended')
  const { isTTY, columns } = process.stdout
  const text = options.json
    ? asJson(snapshot, rows)
    : asText(snapshot, rows, isTTY ? columns : Infinity)
  const isPlain = isTTY && !showsUtf8(process.env)
  const shown = isPlain ? text.split('\n').map(inAscii).join('\n') : text
  // The process ends behind this: a pipe must have taken all of it.
  await new Promise<void>(resolve => process.stdout.write(`${shown}\n`, () => resolve()))
}
