// What a client and the server say to each other: the language of --talk FILE, see docs/grading.md.
// The default is a file of this language, too: the echo protocol.

export type Step =
  | { kind: 'say'; text: string }
  | { kind: 'hear'; text: string }
  | { kind: 'match'; pattern: RegExp }

export interface Talk {
  /** What the server says first. */
  greeting: Step[]
  /** Asked again and again. */
  question: Step[]
  /** What the client says before it leaves. */
  farewell: Step[]
  /** A connection may carry many questions, one after the other and without waiting. */
  repeatable: boolean
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
  const talk: Talk = { greeting: [], question: [], farewell: [], repeatable: true }
  let section: Step[] | undefined
  text.split('\n').forEach((line, index) => {
    const wrong = (expected: string) =>
      new SyntaxError(`${name}:${index + 1}: expected ${expected}, got '${line}'`)
    if (/^\s*(#|$)/.test(line)) return
    const heading = /^\[(greeting|question|question once|farewell)\]\s*$/.exec(line)?.[1]
    if (heading) {
      section = talk[heading.split(' ')[0] as 'greeting' | 'question' | 'farewell']
      if (heading === 'question once') talk.repeatable = false
      return
    }
    const step = stepFrom(line)
    if (!step) {
      throw wrong(
        "[greeting], [question], [question once], [farewell], '> text', '< text' or '~ pattern'",
      )
    }
    if (!section) throw wrong('a section, as [question], before the first line of it')
    section.push(step)
  })
  for (const kind of ['say', 'hear'] as const) {
    const fits = (step: Step) => (step.kind === 'say') === (kind === 'say')
    if (talk.question.some(fits)) continue
    const missing = kind === 'say' ? "what the client says: '> …'" : "an answer: '< …' or '~ …'"
    throw new SyntaxError(`${name}: the section [question] lacks ${missing}`)
  }
  return talk
}

export const echoTalk = (): Talk => parseTalk(echo)

function stepFrom(line: string): Step | undefined {
  const [, sign, text = ''] = /^([<>~])(?: (.*))?$/.exec(line) ?? []
  if (sign === '>') return { kind: 'say', text: unescaped(text) }
  if (sign === '<') return { kind: 'hear', text: unescaped(text) }
  return sign === '~' ? { kind: 'match', pattern: new RegExp(text) } : undefined
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
  if (step.kind === 'match') return step.pattern.test(line)
  return step.kind === 'hear' && line === render(step.text, n, fill)
}

/** The step for people. */
export const shown = (step: Step, n: number): string =>
  step.kind === 'match' ? String(step.pattern) : JSON.stringify(render(step.text, n))
