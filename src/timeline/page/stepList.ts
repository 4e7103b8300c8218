// The steps around the cursor: what was done last, what comes next.
import { laneName } from '../laneName.ts'
import { byId, element } from './element.ts'
import { instant } from './time.ts'
import type { View } from './view.ts'

const before = 14
const after = 26

export function stepList(view: View): () => void {
  const list = byId('steps').querySelector('ol') as HTMLElement
  return () => {
    const { steps, step, timeline, chosen } = view
    const indexes = steps.map((_, index) => index)
    const own = chosen ? indexes.filter(index => steps[index]?.lane === chosen.id) : indexes
    const here = own.findLastIndex(index => index <= step)
    const shown = own.slice(Math.max(0, here - before), Math.max(0, here) + after)
    const entries = shown.map(index => {
      const { at, lane, text } = steps[index] as (typeof steps)[number]
      const process = timeline.lanes[lane] as (typeof timeline.lanes)[number]
      const button = element(
        'button',
        { type: 'button', 'data-step': index },
        element('small', {}, instant(at)),
        element('small', {}, laneName(process)),
        element('span', {}),
        element('code', {}, text),
      )
      button.addEventListener('click', () => view.goTo(index))
      return element('li', index === own[here] ? { 'aria-current': 'step' } : {}, button)
    })
    list.replaceChildren(...entries)
    const current = list.querySelector<HTMLElement>('[aria-current]')
    const panel = byId('steps')
    if (current) panel.scrollTop = current.offsetTop - panel.offsetTop - panel.clientHeight / 3
  }
}
