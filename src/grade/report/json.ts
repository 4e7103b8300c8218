import type { Result } from '../check.ts'
import { sumOf } from './text.ts'

/** One object: the sums, and a row for each check. */
export function jsonReport(results: readonly Result[]): string {
  const rows = results.map(({ check, verdict, seen, points, milliseconds }) => ({
    name: check.name,
    verdict,
    points: verdict === 'passed' ? points : 0,
    of: points,
    seen,
    why: check.why,
    read: check.read,
    milliseconds,
  }))
  return JSON.stringify({ ...sumOf(results), checks: rows }, null, 2)
}
