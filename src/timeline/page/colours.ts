// Each box has a colour, which stands in style.css for light and for dark.

const variables: Record<string, string> = {
  'top socket': '--setup',
  'initialize daemon': '--setup',
  listen: '--setup',
  accept: '--accept',
  admit: '--admit',
  fork: '--fork',
  'close top socket': '--close',
  'close accepted socket': '--close',
  serve: '--serve',
  exit: '--exit',
  'return 0': '--exit',
}

export const colourOf = (box: string): string => variables[box] ?? '--close'

const known = new Map<string, string>()

/** The value of a variable of the style; asked for anew when the theme changes. */
export function colour(variable: string): string {
  const value =
    known.get(variable) ??
    getComputedStyle(document.documentElement).getPropertyValue(variable).trim()
  known.set(variable, value)
  return value
}

export const forgetColours = (): void => known.clear()

/** Of what there is to explain, in the order of a life. */
export const legend: [
  name: string,
  variable: string,
  kind: 'span' | 'hatched' | 'line' | 'mark',
][] = [
  ['top socket, initialize, listen', '--setup', 'span'],
  ['accept', '--accept', 'span'],
  ['refuse', '--admit', 'span'],
  ['fork', '--fork', 'span'],
  ['close', '--close', 'span'],
  ['serve', '--serve', 'span'],
  ['exit', '--exit', 'span'],
  ['another program', '--program', 'hatched'],
  ['zombie', '--zombie', 'hatched'],
  ['process signals', '--signals', 'span'],
  ['drain', '--drain', 'line'],
  ['signal handled', '--ink', 'mark'],
  ['ended by a signal', '--zombie', 'mark'],
]
