// All processes, when they lived, how long they were zombies, and how they ended.
import { statusText } from '../callText.ts'
import { lifeAt, zombieOf } from '../moment.ts'
import type { Lane, Timeline } from '../timeline.ts'
import { byId, element } from './element.ts'
import { duration, instant } from './time.ts'
import type { View } from './view.ts'

const columns = ['pid', 'role', 'now', 'status', 'zombie for', 'client', 'born', 'ended']

export function processTable(view: View): () => void {
  const panel = byId('processes')
  let rows: Rows = new Map()
  let version = 0
  return () => {
    if (panel.hidden) return
    if (version !== view.version) {
      rows = rowsOf(view)
      panel.replaceChildren(tableOf(rows))
      version = view.version
    }
    for (const [lane, { row, now }] of rows) {
      const life = lifeAt(lane, view.cursor)
      row.classList.toggle('chosen', lane === view.chosen)
      now.className = life
      now.textContent = life === 'unborn' || life === 'gone' ? '' : life
    }
  }
}

type Rows = Map<Lane, { row: HTMLElement; now: HTMLElement }>

function rowsOf(view: View): Rows {
  const rows: Rows = new Map()
  for (const lane of view.timeline.lanes) {
    const now = element('td')
    const [pid, role, ...others] = cells(lane, view.timeline)
    const row = element('tr', { 'data-pid': lane.pid }, pid, role, now, ...others)
    row.addEventListener('click', () => view.choose(lane))
    rows.set(lane, { row, now })
  }
  return rows
}

const tableOf = (rows: Rows): HTMLElement =>
  element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...columns.map(name => element('th', {}, name)))),
    element('tbody', {}, ...[...rows.values()].map(({ row }) => row)),
  )

function cells(lane: Lane, timeline: Timeline): [HTMLElement, HTMLElement, ...HTMLElement[]] {
  const { pid, role, clients, born, ended, reaped } = lane
  const zombie = zombieOf(lane, timeline)
  const length = zombie && zombie.to - zombie.from
  // Of who ended without a word it is known only that it was not later.
  const end = ended ? `${ended.isExact ? '' : '≤ '}${instant(ended.at)}` : ''
  const zombieCell = element(
    'td',
    { class: 'number' },
    length === undefined ? '' : duration(length),
  )
  if (zombie) {
    zombieCell.dataset.from = String(zombie.from)
    zombieCell.dataset.to = String(zombie.to)
  }
  return [
    element('td', { class: 'number' }, String(pid)),
    element('td', {}, role),
    element('td', {}, reaped ? statusText(reaped.status) : ''),
    zombieCell,
    element('td', {}, clients.join(', ')),
    element('td', { class: 'number' }, instant(born)),
    element('td', { class: 'number' }, end),
  ]
}
