// For people: a line as soon as a check has been asked, an explanation where it failed.
import type { Result } from '../check.ts'

const marks = { passed: 'ok  ', failed: 'FAIL', 'not checked': '--  ' }

export function textLine({ check, verdict, seen }: Result): string {
  const line = `${marks[verdict]}  ${check.name.padEnd(17)}`
  if (verdict === 'not checked') return `${line}not checked: ${seen}`
  if (verdict === 'passed') return `${line}${seen}`
  return `${line}${seen}.\n${' '.repeat(8)}${check.why}\n${' '.repeat(8)}Read: ${check.read.join(', ')}.`
}

export function textSummary(results: readonly Result[]): string {
  const { passed, failed, unchecked, points, of } = sumOf(results)
  const notChecked = unchecked > 0 ? `, ${unchecked} not checked` : ''
  return `\n${passed} passed, ${failed} failed${notChecked}; ${points} of ${of} points`
}

/** Counts and points; what was not checked earns none. */
export function sumOf(results: readonly Result[]) {
  const count = (verdict: string) => results.filter(result => result.verdict === verdict).length
  const sum = (some: readonly Result[]) => some.reduce((total, { points }) => total + points, 0)
  return {
    passed: count('passed'),
    failed: count('failed'),
    unchecked: count('not checked'),
    points: sum(results.filter(({ verdict }) => verdict === 'passed')),
    of: sum(results),
  }
}
