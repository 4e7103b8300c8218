// At the cursor: who holds which socket, and the descriptor table of each process.
import { laneName } from '../laneName.ts'
import { lifeAt, tableAt } from '../moment.ts'
import type { Lane, OpenFile } from '../timeline.ts'
import { byId, element } from './element.ts'
import type { View } from './view.ts'

/** More would take long to draw, and nobody reads them; the selected process is always there. */
const mostProcesses = 60
const mostHolders = 24

export function descriptorTables(view: View): () => void {
  const panel = byId('descriptors')
  return () => {
    if (panel.hidden) return
    const living = view.timeline.lanes.filter(lane => lifeAt(lane, view.cursor) === 'running')
    const tables = new Map(living.map(lane => [lane, tableAt(lane, view.timeline, view.cursor)]))
    panel.replaceChildren(sockets(view, tables), ...processes(view, tables))
  }
}

type Tables = Map<Lane, { fd: number; file: OpenFile }[]>

function sockets(view: View, tables: Tables): HTMLElement {
  const holders = new Map<OpenFile, { lane: Lane; fd: number }[]>()
  for (const [lane, rows] of tables)
    for (const { fd, file } of rows) {
      if (file.kind !== 'top' && file.kind !== 'accepted') continue
      holders.set(file, [...(holders.get(file) ?? []), { lane, fd }])
    }
  const rows = [...holders]
    .sort(([a], [b]) => Number(b.kind === 'top') - Number(a.kind === 'top') || a.id - b.id)
    .slice(0, mostProcesses)
    .map(([file, held]) =>
      element(
        'tr',
        { 'data-file': file.name },
        element('td', { class: 'name' }, file.name),
        element('td', {}, ...chips(view, held)),
      ),
    )
  if (rows.length === 0) return element('p', { class: 'note' }, 'Nobody holds a socket.')
  const head = element(
    'tr',
    {},
    element('th', {}, 'socket'),
    element('th', {}, 'held by, as descriptor'),
  )
  return element(
    'table',
    { id: 'holders' },
    element('caption', {}, 'Who holds which socket'),
    element('thead', {}, head),
    element('tbody', {}, ...rows),
  )
}

function chips(view: View, held: { lane: Lane; fd: number }[]): (HTMLElement | string)[] {
  const made = held.slice(0, mostHolders).map(({ lane, fd }) => {
    const kind = lane === view.chosen ? 'chip chosen' : 'chip'
    const chip = element(
      'button',
      { class: kind, type: 'button', 'data-pid': lane.pid },
      `${laneName(lane)}: ${fd}`,
    )
    chip.addEventListener('click', () => view.choose(lane))
    return chip
  })
  return held.length > mostHolders ? [...made, `and ${held.length - mostHolders} more`] : made
}

function processes(view: View, tables: Tables): HTMLElement[] {
  const lanes = [...tables.keys()].sort(
    (a, b) => Number(b === view.chosen) - Number(a === view.chosen) || a.id - b.id,
  )
  const grid = element('div', { class: 'grid' })
  for (const lane of lanes.slice(0, mostProcesses)) grid.append(process(view, lane, tables))
  const more = lanes.length - mostProcesses
  const note = `${more} more processes: search for one, or select its lane`
  return more > 0 ? [grid, element('p', { class: 'note' }, note)] : [grid]
}

function process(view: View, lane: Lane, tables: Tables): HTMLElement {
  const rows = (tables.get(lane) ?? []).map(({ fd, file }) =>
    element('tr', {}, element('td', { class: 'number' }, String(fd)), element('td', {}, file.name)),
  )
  const client = element('small', {}, lane.clients.length > 0 ? ` ${lane.clients.at(-1)}` : '')
  const kind = lane === view.chosen ? 'process chosen' : 'process'
  return element(
    'section',
    { class: kind, 'data-pid': lane.pid },
    element('h3', {}, laneName(lane), client),
    element('table', {}, element('tbody', {}, ...rows)),
  )
}
