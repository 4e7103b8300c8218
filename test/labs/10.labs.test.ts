// Every lab that has a folder: its starter fails what lab.json says, its solution fails nothing, and
// what it promises to student and teacher is there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startScript } from '../support/server.ts'

const labs = join(import.meta.dirname, '../../labs')
const folders = readdirSync(labs).filter(name => /^\d\d-/.test(name))

/** A judge waits, rather than be wrong, while the machine has other things to do. */
const LONG = 300_000

interface Lab {
  checks: Record<string, number>
  starter: { failed: string[]; unchecked: string[] }
}

const readLab = (folder: string): Lab =>
  JSON.parse(readFileSync(join(labs, folder, 'lab.json'), 'utf8'))

async function check(...args: string[]) {
  const judge = startScript(join(labs, 'check.mjs'), args)
  const { code } = await judge.ended(LONG)
  // Nothing that the judge has started is left.
  expect(judge.relatives()).toEqual([])
  return { code, out: judge.stdout.all.join('\n'), err: judge.stderr.all.join('\n') }
}

async function verdicts(...args: string[]) {
  const { code, out, err } = await check(...args, '--json')
  if (out === '') throw new Error(err)
  const { checks } = JSON.parse(out) as { checks: { name: string; verdict: string }[] }
  const named = (verdict: string) =>
    checks.filter(each => each.verdict === verdict).map(({ name }) => name)
  const [passed, failed, unchecked] = ['passed', 'failed', 'not checked'].map(named)
  return { code, passed, failed, unchecked }
}

describe.each(folders)('%s', folder => {
  const number = String(Number(folder.slice(0, 2)))
  const lab = readLab(folder)
  const names = Object.keys(lab.checks)

  test('the starter fails what is to be done, and nothing else', { timeout: LONG }, async () => {
    const { failed, unchecked } = lab.starter
    const other = names.filter(name => ![...failed, ...unchecked].includes(name))
    const seen = await verdicts(number, join(labs, folder, 'server.ts'))
    expect(sorted(seen)).toEqual(sorted({ code: 1, passed: other, failed, unchecked }))
    expect(failed).not.toEqual([])
  })

  test('the solution passes all of it', { timeout: LONG }, async () => {
    const seen = await verdicts(number, '--solution')
    expect(sorted(seen)).toEqual(sorted({ code: 0, passed: names, failed: [], unchecked: [] }))
  })

  test('there is a text for the student, and a page for the teacher', () => {
    const text = readFileSync(join(labs, folder, 'README.md'), 'utf8')
    for (const part of [
      'Goal',
      'Before you begin',
      'Steps',
      'Break it',
      'Questions',
      'Going further',
    ])
      expect(text).toContain(`\n## ${part}\n`)
    const page = readFileSync(join(labs, 'teacher', `${folder}.md`), 'utf8')
    for (const part of ['Timing', 'Usual mistakes', 'Marking', 'Answers'])
      expect(page).toContain(`\n## ${part}\n`)
    // Each question has its answer.
    const numbers = (all: string) => all.match(/^\d+\. /gm)?.length ?? 0
    const under = (all: string, part: string) =>
      all.split(`\n## ${part}\n`)[1]?.split('\n## ')[0] ?? ''
    expect(numbers(under(page, 'Answers'))).toBe(numbers(under(text, 'Questions')))
  })

  test('the text and its starter say what lab.json has', () => {
    const text = readFileSync(join(labs, folder, 'README.md'), 'utf8')
    for (const name of names) expect(text).toContain(`\`${name}\``)
  })
})

const sorted = (seen: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(seen).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.toSorted() : value,
    ]),
  )

describe('npm run check', () => {
  test.each([
    ['no number', [], 64, 'usage: npm run check NUMBER'],
    ['no such lab', ['9'], 64, 'there is no lab 9: the labs are 01-sequential'],
    ['a file and the solution', ['1', 'a.ts', '--solution'], 64, 'a.ts or --solution?'],
    ['no such file', ['1', 'nowhere.ts'], 66, 'nowhere.ts: no such file'],
    ['no such option', ['1', '--loud'], 64, "unknown option '--loud'"],
  ])('%s', async (_, args, code, message) => {
    expect(await check(...args)).toMatchObject({ code, err: expect.stringContaining(message) })
  })

  test('a check by its name, with points', { timeout: LONG }, async () => {
    const { code, out } = await check('1', '--solution', '--only', 'answer')
    const { answer } = readLab('01-sequential').checks
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining(`\n1 passed, 0 failed; ${answer} of ${answer} points`),
    })
  })
})

test('every folder of solutions is that of a lab', () => {
  const solutions = readdirSync(join(labs, 'solutions'))
  expect(solutions.filter(name => !existsSync(join(labs, name)))).toEqual([])
})
