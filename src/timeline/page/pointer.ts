// Mouse, pen and finger: zoom, scroll, put the cursor somewhere, ask what something is.
import { select } from 'd3-selection'
import { type D3ZoomEvent, type ZoomBehavior, zoom, zoomIdentity } from 'd3-zoom'
import { describe } from './describe.ts'
import { type Geometry, rulerHeight } from './geometry.ts'
import type { View } from './view.ts'

const deepest = 1e6

export interface Zoom {
  by(factor: number): void
  reset(): void
  resized(): void
  /** Brings a time into sight. */
  show(at: number): void
}

export function watchPointer(
  canvas: HTMLCanvasElement,
  tip: HTMLElement,
  view: View,
  geometry: Geometry,
): Zoom {
  const zooming: ZoomBehavior<HTMLCanvasElement, unknown> = zoom<HTMLCanvasElement, unknown>()
    .scaleExtent([1, deepest])
    .filter(event => isForZoom(event, geometry))
    .on('zoom', ({ transform, sourceEvent }: D3ZoomEvent<HTMLCanvasElement, unknown>) => {
      geometry.transform = transform
      if (sourceEvent instanceof MouseEvent && sourceEvent.type === 'mousemove')
        geometry.scrollBy(-sourceEvent.movementY)
      view.changed()
    })
  const selection = select(canvas).call(zooming).on('dblclick.zoom', null)

  canvas.addEventListener(
    'wheel',
    event => {
      if (event.ctrlKey || event.metaKey || geometry.overflow === 0) return
      event.preventDefault()
      geometry.scrollBy(event.deltaY)
      if (event.deltaX !== 0) selection.call(zooming.translateBy, -event.deltaX / scaleOf(), 0)
      view.changed()
    },
    { passive: false },
  )
  const scaleOf = () => geometry.transform.k

  const place = (event: MouseEvent) => {
    const { left, top } = canvas.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
  canvas.addEventListener('click', event => {
    const { x, y } = place(event)
    if (x >= geometry.gutter) view.moveTo(geometry.time(x))
    if (y >= rulerHeight) view.choose(geometry.laneAt(y))
  })
  // On the ruler, the cursor goes where the pointer does.
  canvas.addEventListener('pointermove', event => {
    const { x, y } = place(event)
    if (event.buttons === 1 && y < rulerHeight && x >= geometry.gutter)
      view.moveTo(geometry.time(x))
    const text = event.buttons === 0 && describe(view, geometry, x, y)
    tip.hidden = !text
    if (!text) return
    tip.textContent = text
    const { width, height } = tip.getBoundingClientRect()
    tip.style.left = `${Math.max(0, Math.min(x + 14, geometry.width - width - 6))}px`
    tip.style.top = `${y + 18 + height > geometry.height ? Math.max(0, y - height - 10) : y + 18}px`
  })
  canvas.addEventListener('pointerleave', () => {
    tip.hidden = true
  })

  const resized = () => {
    const { gutter, right, height } = geometry
    zooming.extent([
      [gutter, 0],
      [right, height],
    ])
    zooming.translateExtent([
      [gutter, 0],
      [right, height],
    ])
  }
  return {
    by: factor => {
      const x = geometry.x(view.cursor)
      const isSeen = x >= geometry.gutter && x <= geometry.right
      const centre: [number, number] | undefined = isSeen ? [x, 0] : undefined
      selection.call(zooming.scaleBy, factor, centre)
    },
    reset: () => selection.call(zooming.transform, zoomIdentity),
    resized,
    show: at => {
      const x = geometry.x(at)
      const { gutter, right } = geometry
      if (x >= gutter + 10 && x <= right - 10) return
      selection.call(zooming.translateBy, ((gutter + right) / 2 - x) / scaleOf(), 0)
    },
  }
}

// A wheel scrolls where there is more than fits, and zooms with Ctrl. The ruler is the cursor's.
function isForZoom(event: Event, geometry: Geometry): boolean {
  if (event instanceof WheelEvent) return event.ctrlKey || event.metaKey || geometry.overflow === 0
  if (!(event instanceof MouseEvent)) return true
  return event.button === 0 && event.offsetY >= rulerHeight
}
