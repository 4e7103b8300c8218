// The processes as a table. In a narrow terminal the columns that matter least are left out.
import type { Row } from './order.ts'
import type { DescriptorCounts, ServerProcess } from './snapshot.ts'
import { inCells, printable, width } from './text.ts'
import { duration, known, processorTime, size } from './values.ts'

interface Column {
  title: string
  /** At least so many cells; more where the values need it. */
  cells: number
  side: 'left' | 'right'
  /** The columns of the highest rank are left out first. Rank 0 never is. */
  rank: number
  value: (row: Row) => string
}

const right = { side: 'right' } as const
const left = { side: 'left' } as const

const counted = (kind: keyof DescriptorCounts) => (row: Row) =>
  known(row.process.descriptors, counts => String(counts[kind]))

const columns: readonly Column[] = [
  { ...right, title: 'PID', cells: 7, rank: 0, value: ({ process }) => String(process.pid) },
  { ...left, title: 'PROCESS', cells: 9, rank: 0, value: row => row.branch + row.process.role },
  { ...left, title: 'STATE', cells: 8, rank: 1, value: ({ process }) => stateOf(process) },
  { ...right, title: 'AGE', cells: 6, rank: 4, value: row => duration(row.process.ageSeconds) },
  {
    ...right,
    title: 'CPU',
    cells: 6,
    rank: 3,
    value: row => processorTime(row.process.cpuSeconds),
  },
  {
    ...right,
    title: 'PRIVATE',
    cells: 7,
    rank: 2,
    value: row => known(row.process.privateBytes, size),
  },
  { ...right, title: 'LISTEN', cells: 6, rank: 6, value: counted('listening') },
  { ...right, title: 'CONN', cells: 4, rank: 5, value: counted('connected') },
  { ...right, title: 'FILES', cells: 5, rank: 7, value: counted('files') },
  { ...right, title: 'PIPES', cells: 5, rank: 8, value: counted('pipes') },
  { ...right, title: 'OTHER', cells: 5, rank: 9, value: counted('others') },
  { ...left, title: 'CLIENT', cells: 15, rank: 0, value: ({ process }) => clientOf(process) },
  { ...left, title: 'COMMAND', cells: 10, rank: 10, value: ({ process }) => process.command },
]

const stateOf = ({ state }: ServerProcess) => (state === 'zombie' ? 'ZOMBIE' : state)

/** Whom it serves; how it ended, if it has. */
export function clientOf({ state, ended, clients }: ServerProcess): string {
  if (state === 'zombie') return known(ended, text => `(${text})`)
  return known(clients, ([first = '', ...more]) => first + (more.length ? ` +${more.length}` : ''))
}

/**
 * The heading, and a line for each row.
 *
 * @param cells how many there are in a line; Infinity where nothing is to be cut
 */
export function table(rows: readonly Row[], cells: number): [heading: string, ...lines: string[]] {
  const filled = columns.map(column => {
    const values = rows.map(row => printable(column.value(row)))
    return { ...column, values, cells: Math.max(column.cells, ...values.map(width)) }
  })
  const shown = fitting(filled, cells)
  const line = (textOf: (column: (typeof filled)[number]) => string) => {
    const text = shown.map(column => inCells(textOf(column), column.cells, column.side)).join(' ')
    return Number.isFinite(cells) ? inCells(text, cells) : text.trimEnd()
  }
  return [
    line(({ title }) => title),
    ...rows.map((_, row) => line(({ values }) => values[row] ?? '')),
  ]
}

// What is left belongs to the command, which may be cut: its title has to fit, no more.
function fitting<T extends Column>(all: T[], cells: number): T[] {
  const needed = all
    .map(column => (column.title === 'COMMAND' ? column.title.length : column.cells) + 1)
    .reduce((sum, count) => sum + count, -1)
  const worst = Math.max(...all.map(({ rank }) => rank))
  if (needed <= cells || worst === 0) return all
  return fitting(
    all.filter(({ rank }) => rank !== worst),
    cells,
  )
}
