// What a block shows, and what has really come. Process ids, ports and times are other ones each time.

/** Numbers that are never the same. */
const varying: readonly [RegExp, string][] = [
  [/\b(p?pid) \d+/g, '$1 N'],
  [/\b(child|pid|uptime)=\d+/g, '$1=N'],
  [/((?:\d+\.){3}\d+|\]):\d{5}\b/g, '$1:PORT'],
  [/\bprocess \d+/g, 'process N'],
  [/\d+(\.\d+)? ?ms\b/g, 'N ms'],
  [/\b\d\d:\d\d:\d\d\b/g, 'TIME'],
]

/** How alike two lines must be: but for what varies, or but for every number. */
export type Likeness = 'varying' | 'numbers'

function plain(line: string, likeness: Likeness): string {
  const squeezed = line.trim().replace(/\s+/g, ' ')
  if (likeness === 'numbers') return squeezed.replace(/\d+(\.\d+)?/g, 'N')
  return varying.reduce((text, [from, to]) => text.replace(from, to), squeezed)
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * The first line that is shown and has not come, in its order. `…` stands for anything, in a line
 * and as one.
 */
export function missing(
  shown: readonly string[],
  output: string,
  likeness: Likeness,
): string | undefined {
  const lines = output.split('\n').map(line => plain(line, likeness))
  let at = 0
  for (const line of shown) {
    const wanted = plain(line, likeness)
    if (wanted === '' || wanted === '…') continue
    const pattern = new RegExp(`^${wanted.split('…').map(escaped).join('.*')}$`)
    while (at < lines.length && !pattern.test(lines[at]!)) at++
    if (at++ === lines.length) return line
  }
  return undefined
}
