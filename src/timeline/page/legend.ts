import { legend } from './colours.ts'
import { byId, element, picture } from './element.ts'

const shapes = {
  span: (fill: string) => [picture('rect', { width: 22, height: 11, fill })],
  hatched: (fill: string) => [
    picture('rect', { width: 22, height: 11, fill }),
    picture('path', {
      d: 'M-2 11L9 0M5 11L16 0M12 11L23 0M19 11L30 0',
      stroke: 'var(--paper)',
      'stroke-opacity': 0.55,
      'stroke-width': 1.4,
    }),
  ],
  line: (fill: string) => [picture('rect', { y: 4, width: 22, height: 3, fill })],
  mark: (fill: string) => [picture('path', { d: 'M6 1H16L11 10z', fill })],
}

const cross = () => [
  picture('path', { d: 'M6 1L15 10M15 1L6 10', stroke: 'var(--ink)', 'stroke-width': 2.4 }),
]

/** The colours and marks; the arrow of fork explains itself. */
export function showLegend(): void {
  for (const [name, variable, kind] of legend) {
    const shape = name === 'ended by a signal' ? cross() : shapes[kind](`var(${variable})`)
    const sample = picture('svg', { viewBox: '0 0 22 11', 'aria-hidden': 'true' }, ...shape)
    byId('legend').append(element('li', {}, sample, name))
  }
}
