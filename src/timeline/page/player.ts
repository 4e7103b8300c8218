// Plays a trace: the cursor wanders at a steady pace over the picture, whatever time its parts stand for.
import { byId } from './element.ts'
import type { View } from './view.ts'

/** The whole of it, at speed 1. */
const wholeMs = 30_000

export function player(view: View, follow: (at: number) => void): { toggle(): void; stop(): void } {
  const button = byId<HTMLButtonElement>('play')
  let last = 0
  const show = () => {
    button.textContent = view.isPlaying ? '❚❚ pause' : '▶ play'
    button.setAttribute('aria-label', view.isPlaying ? 'Pause' : 'Play')
  }
  const frame = (now: number) => {
    if (!view.isPlaying) return
    const passed = last === 0 ? 0 : now - last
    last = now
    const place = view.warp.place(view.cursor) + (passed * view.speed) / wholeMs
    view.moveTo(place >= 1 ? view.timeline.length : view.warp.time(place))
    follow(view.cursor)
    if (place >= 1) stop()
    else requestAnimationFrame(frame)
  }
  const stop = () => {
    view.isPlaying = false
    show()
  }
  const toggle = () => {
    if (view.isPlaying) return stop()
    if (view.cursor >= view.timeline.length) view.moveTo(0)
    view.isPlaying = true
    last = 0
    show()
    requestAnimationFrame(frame)
  }
  return { toggle, stop }
}
