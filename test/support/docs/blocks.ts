// The code blocks of a document, with the notes that stand above them: CONTRIBUTING.md tells what
// each note means.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../../..')

const words = [
  'not run',
  'as',
  'before',
  'while',
  'ends with',
  'shown by',
  'file',
  'used by',
  'with',
] as const
export type Word = (typeof words)[number]

export interface Block {
  document: string
  /** That of the fence. */
  line: number
  /** What stands behind the fence: `sh`, `ts`, nothing. */
  language: string
  text: string
  notes: ReadonlyMap<Word, string>
}

export const nameOf = ({ document, line, language }: Block) => `${document}:${line} ${language}`

export function blocksOf(document: string): Block[] {
  const blocks: Block[] = []
  const lines = readFileSync(join(root, document), 'utf8').split('\n')
  let above: string[] = []
  for (let at = 0; at < lines.length; at++) {
    const fence = /^( *)```(\S*)$/.exec(lines[at]!)
    if (!fence) {
      above.push(lines[at]!)
      continue
    }
    const [, indent = '', language = ''] = fence
    const end = lines.indexOf(`${indent}\`\`\``, at + 1)
    if (end < 0) throw new Error(`${document}:${at + 1}: the block has no end`)
    const text = lines.slice(at + 1, end).map(line => line.slice(indent.length))
    const notes = notesIn(above.join('\n'), `${document}:${at + 1}`)
    blocks.push({ document, line: at + 1, language, text: `${text.join('\n')}\n`, notes })
    at = end
    above = []
  }
  return blocks
}

/** The comments right above a block. */
function notesIn(text: string, where: string): Map<Word, string> {
  const comments = /(?:<!--(?:(?!-->)[\s\S])*-->\s*)*$/.exec(text)![0]
  const notes = new Map<Word, string>()
  for (const [, word, value] of comments.matchAll(/<!-- *([a-z ]+?):([\s\S]*?)-->/g)) {
    if (!words.includes(word as Word)) {
      throw new Error(`${where}: there is no note '${word}'; there are ${words.join(', ')}`)
    }
    notes.set(word as Word, value!.trim())
  }
  return notes
}
