// What a client and the server say to each other: the language of --talk FILE, see docs/grading.md.
// The default is a file of this language, too: the echo protocol.

export type Step =
  | { kind: 'say'; text: string }
  | { kind: 'hear'; text: string }
  | { kind: 'match'; pattern: string }

export interface Talk {
  /** What the server says first. */
  greeting: Step[]
  /** Asked again and again. */
  question: Step[]
  /** What the client says before it leaves. */
  farewell: Step[]
  /** A connection may carry many questions, one after the other and without waiting. */
  repeatable: boolean
  /** What the other clients hear of a question; empty where they hear nothing of it. */
  others: Step[]
  /** What a client says to have its server process start processes. */
  forks: Step[]
  /** The configuration file of the server, `{config}` in its command, as it changes. */
  configuration: Configurations | undefined
}

export interface Configurations {
  start: string
  /** What it says when the server is to reread it, and what is then asked and answered. */
  reread: string
  question: Step[]
  /** What no server can use. */
  bad: string | undefined
}

const echo = `
[question]
> truefork {n} {fill}
< truefork {n} {fill}
`

/**
 * Reads a talk.
 *
 * @throws SyntaxError with the number of the line
 */
export function parseTalk(text: string, name = 'talk'): Talk {
  const sections = new Map<string, Line[]>()
  let section: { heading: string; lines: Line[] } | undefined
  text.split('\n').forEach((line, index) => {
    const wrong = (expected: string) =>
      new SyntaxError(`${name}:${index + 1}: expected ${expected}, got '${line}'`)
    if (/^\s*(#|$)/.test(line)) return
    const heading = /^\[([a-z ]+)\]\s*$/.exec(line)?.[1]
    if (heading !== undefined) {
      if (!headings.includes(heading)) throw wrong(named)
      section = { heading, lines: sections.get(heading) ?? [] }
      sections.set(heading, section.lines)
      return
    }
    const step = lineFrom(line)
    if (!step) throw wrong(`${named}, '> text', '< text', '~ pattern' or '| text'`)
    if (!section) throw wrong('a section, as [question], before the first line of it')
    const isFile = section.heading.startsWith('configuration')
    if (isFile !== (step.kind === 'file')) {
      throw wrong(isFile ? "a line of the file: '| text'" : "'> text', '< text' or '~ pattern'")
    }
    section.lines.push(step)
  })
  const once = sections.get('question once')
  const steps = (heading: string) => (sections.get(heading) ?? []).filter(isStep)
  const question = [...steps('question'), ...steps('question once')]
  const talk = {
    greeting: steps('greeting'),
    question,
    farewell: steps('farewell'),
    repeatable: once === undefined,
    others: steps('others'),
    forks: steps('forks'),
    configuration: configurationsFrom(sections, steps('question reread')),
  }
  expectBoth(name, 'question', talk.question)
  if (talk.others.length > 0 && !talk.repeatable) {
    throw new SyntaxError(`${name}: [others] needs a [question] that can be asked again`)
  }
  if (talk.configuration) expectBoth(name, 'question reread', talk.configuration.question)
  return talk
}

const headings = [
  'greeting',
  'question',
  'question once',
  'farewell',
  'others',
  'forks',
  'configuration',
  'configuration reread',
  'configuration bad',
  'question reread',
]

const named = `${headings.map(heading => `[${heading}]`).join(', ')}`

function configurationsFrom(
  sections: Map<string, Line[]>,
  question: Step[],
): Configurations | undefined {
  const file = (heading: string) =>
    sections
      .get(heading)
      ?.map(line => (line.kind === 'file' ? `${line.text}\n` : ''))
      .join('')
  const start = file('configuration')
  if (start === undefined) return undefined
  return {
    start,
    reread: file('configuration reread') ?? '',
    question,
    bad: file('configuration bad'),
  }
}

function expectBoth(name: string, section: string, steps: readonly Step[]): void {
  for (const kind of ['say', 'hear'] as const) {
    if (steps.some(step => (step.kind === 'say') === (kind === 'say'))) continue
    const missing = kind === 'say' ? "what the client says: '> …'" : "an answer: '< …' or '~ …'"
    throw new SyntaxError(`${name}: the section [${section}] lacks ${missing}`)
  }
}

export const echoTalk = (): Talk => parseTalk(echo)

type Line = Step | { kind: 'file'; text: string }

const isStep = (line: Line): line is Step => line.kind !== 'file'

function lineFrom(line: string): Line | undefined {
  const [, sign, text = ''] = /^([<>~|])(?: (.*))?$/.exec(line) ?? []
  if (sign === '>') return { kind: 'say', text: unescaped(text) }
  if (sign === '<') return { kind: 'hear', text: unescaped(text) }
  if (sign === '|') return { kind: 'file', text }
  if (sign !== '~') return undefined
  new RegExp(render(text, 1)) // throws what is wrong with it
  return { kind: 'match', pattern: text }
}

const escapes: Record<string, string> = { r: '\r', n: '\n', t: '\t', '\\': '\\' }

const unescaped = (text: string) =>
  text.replace(/\\([rnt\\])/g, (_, letter: string) => escapes[letter] as string)

/** A text with the number of the question and, for large data, filling. */
export const render = (text: string, n: number, fill = ''): string =>
  text.replaceAll('{n}', String(n)).replaceAll('{fill}', fill)

/** What the client says for these steps, as bytes. */
export const spoken = (steps: readonly Step[], n: number, fill?: string): Buffer =>
  Buffer.concat(
    steps
      .filter(step => step.kind === 'say')
      .map(step => Buffer.from(`${render(step.text, n, fill)}\n`)),
  )

/** Whether a line is the one that this step waits for. */
export function isExpected(step: Step, line: string, n: number, fill?: string): boolean {
  if (step.kind === 'match') return new RegExp(render(step.pattern, n, fill)).test(line)
  return step.kind === 'hear' && line === render(step.text, n, fill)
}

/** The step for people. */
export const shown = (step: Step, n: number): string =>
  step.kind === 'match' ? `/${render(step.pattern, n)}/` : JSON.stringify(render(step.text, n))
