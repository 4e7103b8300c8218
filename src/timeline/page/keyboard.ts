import type { View } from './view.ts'

export interface Actions {
  toggle(): void
  step(direction: 1 | -1, isOwn: boolean): void
  zoom(factor: number): void
  fit(): void
  choose(direction: 1 | -1): void
  rows(factor: number): void
  search(): void
  help(): void
  follow(): void
  toEnd(): void
}

export function watchKeyboard(view: View, actions: Actions): void {
  const keys: Record<string, (event: KeyboardEvent) => void> = {
    ' ': () => actions.toggle(),
    ArrowRight: event => actions.step(1, event.shiftKey),
    ArrowLeft: event => actions.step(-1, event.shiftKey),
    ArrowDown: () => actions.choose(1),
    ArrowUp: () => actions.choose(-1),
    Escape: () => view.choose(undefined),
    '+': () => actions.zoom(2),
    '=': () => actions.zoom(2),
    '-': () => actions.zoom(0.5),
    '0': () => actions.fit(),
    '[': () => actions.rows(0.8),
    ']': () => actions.rows(1.25),
    Home: () => view.moveTo(0),
    End: () => actions.toEnd(),
    f: () => actions.follow(),
    '/': () => actions.search(),
    '?': () => actions.help(),
  }
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const target = event.target as HTMLElement
    // Whoever has the keyboard for itself; a button has the space bar.
    if (['INPUT', 'SELECT', 'DIALOG'].includes(target.tagName)) return
    if (target.tagName === 'BUTTON' && event.key === ' ') return
    const action = keys[event.key]
    if (!action) return
    event.preventDefault()
    action(event)
  })
}
