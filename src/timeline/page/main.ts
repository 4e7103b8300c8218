// The page of a timeline: puts its parts together.
import { laneName } from '../laneName.ts'
import { lifeAt } from '../moment.ts'
import type { Timeline } from '../timeline.ts'
import { forgetColours } from './colours.ts'
import { descriptorTables } from './descriptorTables.ts'
import { Painter } from './draw.ts'
import { byId } from './element.ts'
import { flowchart } from './flowchart.ts'
import { Geometry } from './geometry.ts'
import { watchKeyboard } from './keyboard.ts'
import { showLegend } from './legend.ts'
import { nothingYet, watchServer } from './live.ts'
import { player } from './player.ts'
import { watchPointer } from './pointer.ts'
import { processTable } from './processTable.ts'
import { stepList } from './stepList.ts'
import { instant } from './time.ts'
import { View } from './view.ts'
import type { Mode } from './warp.ts'

declare global {
  interface Window {
    /** Null in the page that a server sends: it asks for one. */
    timeline: Timeline | null
  }
}

const view = new View(window.timeline ?? nothingYet())
const geometry = new Geometry(view)
const canvas = byId<HTMLCanvasElement>('lanes')
const painter = new Painter(canvas.getContext('2d') as CanvasRenderingContext2D, view, geometry)
const zoom = watchPointer(canvas, byId('tip'), view, geometry)
const play = player(view, at => zoom.show(at))

const live = window.timeline ? undefined : watchServer(view, at => zoom.show(at))

showLegend()
view.listen(showCommand)
view.listen(() => painter.draw(devicePixelRatio))
for (const panel of [flowchart, descriptorTables, processTable, stepList]) view.listen(panel(view))
view.listen(showMoment)

function showCommand(): void {
  const { timeline } = view
  byId('command').textContent = [commandOf(timeline), timeline.time].filter(Boolean).join(' · ')
  byId('chart').classList.toggle('crowded', timeline.lanes.length > 60)
}

function commandOf({ argv: [script = '', ...args] }: Timeline): string {
  const name = script.replace(/.*\//, '')
  return [script.endsWith('/cli/main.js') ? 'truefork' : name, ...args].join(' ')
}

function showMoment(): void {
  const { lanes } = view.timeline
  const count = (life: string) => lanes.filter(lane => lifeAt(lane, view.cursor) === life).length
  const [running, zombies] = [count('running'), count('zombie')]
  const step = view.steps[view.step]
  const by = step && lanes[step.lane]
  const last = step && by ? `${laneName(by)}: ${step.text}` : ''
  const parts = [
    `${running} ${running === 1 ? 'process' : 'processes'}`,
    `${zombies} ${zombies === 1 ? 'zombie' : 'zombies'}`,
    last,
  ]
  const time = document.createElement('b')
  time.textContent = view.isFollowing ? 'now' : instant(view.cursor)
  byId('moment').replaceChildren(time, ` · ${parts.filter(Boolean).join(' · ')}`)
}

function step(direction: 1 | -1, isOwn: boolean): void {
  play.stop()
  view.stepBy(direction, isOwn)
  zoom.show(view.cursor)
}

function choose(direction: 1 | -1): void {
  const { lanes } = view.timeline
  const next = lanes[view.chosen ? view.chosen.id + direction : 0]
  if (!next) return
  view.choose(next)
  geometry.show(next)
}

function changeRows(factor: number): void {
  view.rowHeight = Math.min(40, Math.max(2, geometry.rowHeight * factor))
  geometry.scrollBy(0)
  view.changed()
}

function find(text: string): void {
  const lane = text === '' ? undefined : view.find(text)
  byId('search').classList.toggle('missing', text !== '' && !lane)
  view.choose(lane)
  if (!lane) return
  geometry.show(lane)
  if (lifeAt(lane, view.cursor) !== 'running') view.moveTo(lane.born)
  zoom.show(view.cursor)
}

const fit = () => {
  view.rowHeight = 0
  zoom.reset()
  view.changed()
}
const help = () => byId<HTMLDialogElement>('keys').showModal()
const search = byId<HTMLInputElement>('search')

watchKeyboard(view, {
  toggle: play.toggle,
  step,
  zoom: zoom.by,
  fit,
  choose,
  rows: changeRows,
  search: () => search.focus(),
  help,
  follow: () => live?.toggle(),
  toEnd,
})

function toEnd(): void {
  if (live) live.follow()
  else view.moveTo(view.timeline.length)
}

const clicks: Record<string, () => void> = {
  first: () => view.moveTo(0),
  back: () => step(-1, false),
  play: play.toggle,
  next: () => step(1, false),
  last: toEnd,
  in: () => zoom.by(2),
  out: () => zoom.by(0.5),
  fit,
  help,
  theme: () => setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'),
  'tab-descriptors': () => showTab('descriptors'),
  'tab-processes': () => showTab('processes'),
}
for (const [id, action] of Object.entries(clicks)) byId(id).addEventListener('click', action)
byId<HTMLSelectElement>('speed').addEventListener('change', event => {
  view.speed = Number((event.target as HTMLSelectElement).value)
})
byId<HTMLSelectElement>('scale').addEventListener('change', event => {
  view.mode = (event.target as HTMLSelectElement).value as Mode
})
search.addEventListener('change', () => find(search.value.trim()))
search.addEventListener('keydown', event => {
  if (event.key === 'Enter') find(search.value.trim())
  if (event.key === 'Escape') canvas.focus()
  event.stopPropagation()
})

function showTab(shown: string): void {
  for (const name of ['descriptors', 'processes']) {
    byId(name).hidden = name !== shown
    byId(`tab-${name}`).setAttribute('aria-selected', String(name === shown))
  }
  view.changed()
}

function setTheme(theme: string): void {
  document.documentElement.dataset.theme = theme
  forgetColours()
  view.changed()
}

const dark = matchMedia('(prefers-color-scheme: dark)')
const followSystem = () => setTheme(dark.matches ? 'dark' : 'light')
dark.addEventListener('change', followSystem)
followSystem()

new ResizeObserver(() => {
  const { clientWidth, clientHeight } = canvas
  canvas.width = clientWidth * devicePixelRatio
  canvas.height = clientHeight * devicePixelRatio
  geometry.resize(clientWidth, clientHeight)
  zoom.resized()
  painter.draw(devicePixelRatio)
}).observe(canvas)

// `#at=12.5&pid=4712`: so that a handout can name a moment, in ms, and a process.
function followAddress(): void {
  const named = new URLSearchParams(location.hash.slice(1))
  const at = Number(named.get('at') ?? Number.NaN)
  if (Number.isFinite(at)) view.moveTo(at * 1e6)
  const lane = view.timeline.lanes.findLast(({ pid }) => pid === Number(named.get('pid')))
  if (lane) view.choose(lane)
}
addEventListener('hashchange', followAddress)
followAddress()
