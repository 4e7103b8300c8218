// The page of a server that runs: pictures come from it, and the view goes with them, or holds one that
// the reader looks at.
import { forget } from '../forget.ts'
import { settle } from '../settle.ts'
import type { Timeline } from '../timeline.ts'
import { byId } from './element.ts'
import { duration } from './time.ts'
import type { View } from './view.ts'

/** What the server sends. */
interface Picture {
  /** As the timeline counts. */
  now: number
  timeline: Timeline
}

export interface Live {
  /** Goes on with the server. */
  follow(): void
  /** Follows, or holds the picture. */
  toggle(): void
}

/** Also where nothing happens, time passes, in ms. */
const tickMs = 250

const states = {
  waiting: 'waiting for the server',
  running: '● live',
  ended: '■ the server has ended',
  lost: 'no connection; trying again',
} as const

/** Before the first picture has come. */
export const nothingYet = (): Timeline => ({
  time: '',
  argv: [],
  start: 0,
  length: 1,
  lanes: [],
  files: [],
  births: [],
  signals: [],
  events: [],
  calls: [],
})

/** @param show brings a time into sight */
export function watchServer(view: View, show: (at: number) => void): Live {
  let state: keyof typeof states = 'waiting'
  /** As it came: it is taken apart only when it is shown. */
  let latest: string | undefined
  let cameAt = 0
  let heldAt = 0
  /** What is to be added to the clock of this page. */
  let offset = 0

  const now = () => performance.now() * 1e6 + offset
  const window = () => Number(byId<HTMLSelectElement>('window').value) * 1e9

  function trim({ length }: Timeline): void {
    if (Number.isFinite(window())) forget(view.timeline, length - window())
    view.renew()
    show(length)
  }

  function takeLatest(): void {
    if (latest === undefined) return
    const { now: then, timeline } = JSON.parse(latest) as Picture
    offset = then - cameAt * 1e6
    settle(timeline, Math.max(timeline.length, state === 'running' ? now() : then))
    view.replace(timeline)
    trim(timeline)
  }

  function tick(): void {
    if (view.isFollowing && state === 'running') {
      settle(view.timeline, Math.max(view.timeline.length, now()))
      trim(view.timeline)
    } else if (latest !== undefined) view.changed()
  }

  function follow(): void {
    view.isFollowing = true
    takeLatest()
  }

  function toggle(): void {
    if (view.isFollowing) {
      view.isFollowing = false
      view.changed()
    } else follow()
  }

  function change(to: keyof typeof states): void {
    state = to
    view.changed()
  }

  function showState(): void {
    const { isFollowing } = view
    if (isFollowing) heldAt = performance.now()
    const held = `❚❚ held for ${duration(Math.round((performance.now() - heldAt) / 1e3) * 1e9)}`
    const isHeld = !isFollowing && state === 'running'
    byId('state').textContent = isHeld ? held : states[state]
    byId('state').className = isHeld ? 'held' : state
    byId('follow').textContent = isFollowing ? '❚❚ hold' : '● follow'
    byId('follow').setAttribute('aria-pressed', String(isFollowing))
  }

  view.isLive = true
  view.isFollowing = true
  byId('live').hidden = false
  byId('title').textContent = 'live'
  document.title = 'truefork live'
  byId('follow').addEventListener('click', toggle)
  byId('window').addEventListener('change', follow)
  view.listen(showState)
  setInterval(tick, tickMs)

  const source = new EventSource('events')
  source.addEventListener('message', ({ data }) => {
    latest = data
    cameAt = performance.now()
    change('running')
    if (view.isFollowing) takeLatest()
  })
  source.addEventListener('ended', () => change('ended'))
  source.addEventListener('error', () => state !== 'ended' && change('lost'))
  return { follow, toggle }
}
