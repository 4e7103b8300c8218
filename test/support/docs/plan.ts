// What is to be done with a block, by its language and its notes.
import type { Block, Word } from './blocks.ts'
import { nameOf } from './blocks.ts'

/** A command, what the block shows behind it, if it shows anything, and how it ends. */
export interface Step {
  command: string
  shown?: string[]
  status?: number
}

export interface Plan {
  /** A file that the block is. */
  file?: { name: string; text: string }
  /** Run before; servers among them stay until the end. */
  before: string[]
  /** What the block says; a server is stopped before the next one. */
  steps: Step[]
  /** Servers stay, as in `before`, and what all together print is what the block shows. */
  shownBy?: { commands: string[]; shown: string[] }
  /** Clients, while a server runs. */
  meanwhile: string[]
  asRoot: boolean
}

/** Undefined for a block that is not run. */
export function planOf(block: Block): Plan | undefined {
  const { notes, text, language } = block
  if (notes.has('not run')) return undefined
  const plan: Plan = {
    before: linesOf(block, 'before'),
    steps: [],
    meanwhile: linesOf(block, 'while'),
    asRoot: notes.get('as') === 'root',
  }
  const shownBy = linesOf(block, 'shown by')
  if (shownBy.length > 0) {
    return { ...plan, shownBy: { commands: shownBy, shown: text.trimEnd().split('\n') } }
  }
  if (isShell(block)) return { ...plan, steps: withStatus(stepsOf(text), notes.get('ends with')) }
  const file = fileOf(block)
  const used = linesOf(block, 'used by')
  const commands = used.length > 0 ? used : file && commandFor(language, file.name, text)
  if (!file || !commands) {
    const where = nameOf(block)
    throw new Error(`${where}: nobody knows how to run it; see "Code blocks" in CONTRIBUTING.md`)
  }
  return { ...plan, file, steps: [commands].flat().map(command => ({ command })) }
}

const withStatus = (steps: Step[], statuses = ''): Step[] =>
  steps.map((step, index) => ({ ...step, status: Number(statuses.split(/\s+/)[index] || 0) }))

const isShell = ({ language, text }: Block) =>
  language === 'sh' || language === 'console' || text.startsWith('$ ')

/** Commands behind `$`, with their output; where there is no such line, every line is one. */
function stepsOf(text: string): Step[] {
  const lines = text.trimEnd().replaceAll('\\\n', ' ').split('\n')
  if (!lines[0]!.startsWith('$ ')) {
    return lines.filter(line => !/^\s*(#|$)/.test(line)).map(command => ({ command }))
  }
  const steps: (Step & { shown: string[] })[] = []
  for (const line of lines) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), shown: [] })
    else steps.at(-1)!.shown.push(line)
  }
  return steps
}

export const isCode = ({ language }: Block) => language === 'ts' || language === 'js'

/** The file that a block is: named by a note, by its first line, or after its place. */
export function fileOf({ language, text, line, notes }: Block): Plan['file'] {
  const around = notes.get('with')
  const named = notes.get('file') ?? /^(?:\/\/|#) ([\w.-]+\.(?:ts|js|mjs))\b/.exec(text)?.[1]
  const [before = '', after = ''] = around?.split(/^…$/m) ?? []
  const whole = around === undefined ? text : `${before}\n${text}${after}\n`
  if (named) return { name: named, text: whole }
  return language === '' ? undefined : { name: `block-${line}.${language}`, text: whole }
}

/** How it is run: as its first line says, or as it is usual. */
function commandFor(language: string, name: string, text: string): string | undefined {
  const told = /^(?:\/\/|#) (?:.*: )?(truefork .*)$/.exec(text.split('\n')[0]!)?.[1]
  if (told) return told.replace(/--config \S+/, `--config ${name} --check-config`)
  switch (language) {
    case 'ts':
    case 'js':
      return /^export default /m.test(text) ? `truefork serve ${name}` : `truefork run ${name}`
    case 'toml':
      return `truefork serve echo.ts --config ${name} --check-config`
    case 'haproxy':
      return `haproxy -c -f ${name}`
    case 'nginx':
      return `nginx -t -q -p . -e stderr -g 'pid ./pid;' -c ${name}`
    case 'json':
      return `jq . ${name}`
    default:
      return undefined
  }
}

const linesOf = ({ notes }: Block, word: Word) =>
  (notes.get(word) ?? '')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
