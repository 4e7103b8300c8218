// The XML that JUnit made common: what was not checked is skipped.
import type { Result } from '../check.ts'
import { sumOf } from './text.ts'

export function junitReport(results: readonly Result[]): string {
  const { failed, unchecked } = sumOf(results)
  const counts = `tests="${results.length}" failures="${failed}" errors="0" skipped="${unchecked}"`
  const suite = `<testsuite name="truefork grade" ${counts}>`
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', suite, ...results.map(testCase)]
  return [...lines, '</testsuite>'].join('\n')
}

function testCase({ check, verdict, seen, milliseconds }: Result): string {
  const name = `name="${check.name}" classname="truefork.grade" time="${milliseconds / 1000}"`
  const text = `message="${encoded(seen)}"`
  const outcome = {
    passed: `<system-out>${encoded(seen)}</system-out>`,
    failed: `<failure ${text}>${encoded(`${check.why} Read: ${check.read.join(', ')}.`)}</failure>`,
    'not checked': `<skipped ${text}/>`,
  }
  return `  <testcase ${name}>${outcome[verdict]}</testcase>`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Control characters, which XML cannot hold, become spaces. */
const encoded = (text: string) =>
  text.replace(/\p{Cc}/gu, ' ').replace(/[&<>"]/g, character => entities[character] as string)
