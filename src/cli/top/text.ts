// Text in cells of a terminal. Which characters take two of them is a table of Unicode: not ours.
import measure from 'fast-string-truncated-width'

// A title or a path can hold anything; to a terminal some of it would be orders.
const isControl = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** What can be shown of a text that others wrote. */
export const printable = (text: string): string => text.replace(isControl, '?')

const isAscii = /^[\x20-\x7e]*$/

/** How many cells the text takes. */
export const width = (text: string): number =>
  isAscii.test(text) ? text.length : measure(text).width

/** The text in exactly so many cells: cut, with an ellipsis, or filled up with blanks. */
export function inCells(text: string, cells: number, side: 'left' | 'right' = 'left'): string {
  const shown = width(text) <= cells ? text : cut(text, cells)
  const blanks = ' '.repeat(Math.max(0, cells - width(shown)))
  return side === 'left' ? shown + blanks : blanks + shown
}

// A letter and its accents are several characters, and stay together.
const letters = new Intl.Segmenter()

function cut(text: string, cells: number): string {
  if (cells <= 0) return ''
  let shown = ''
  let left = cells - 1
  for (const { segment } of letters.segment(text)) {
    left -= width(segment)
    if (left < 0) break
    shown += segment
  }
  return `${shown}…`
}

const plain: Record<string, string> = { '├': '|', '│': '|', '└': '`', '─': '-', '…': '~' }

/** For a terminal that shows ASCII alone. */
export const inAscii = (text: string): string =>
  text.replace(/[^\x20-\x7e]/gu, character => plain[character] ?? '?')

/** True where the environment says that the terminal shows UTF-8: see locale(7). */
export function showsUtf8(environment: NodeJS.ProcessEnv): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = environment
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '')
}
