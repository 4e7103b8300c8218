// One check after the other, each with a server of its own.
import { type Check, Failed, NotSeen, NotStarted, type Result } from './check.ts'
import { contain } from './containment.ts'
import { Judge, type Terms } from './judge.ts'
import type { Points } from './points.ts'
import { procIsThere } from './processes.ts'

/**
 * Asks every check.
 *
 * @param tell called with each result as soon as it is there
 * @throws NotStarted the server does not start, not even once
 */
export async function grade(
  checks: readonly Check[],
  terms: Terms,
  points: Points,
  tell: (result: Result) => void = () => {},
): Promise<Result[]> {
  contain()
  const results: Result[] = []
  for (const check of checks) {
    const start = Date.now()
    const obstacle = obstacleTo(check, results)
    const outcome =
      obstacle === undefined
        ? await ask(check, terms, results.length === 0)
        : ({ verdict: 'not checked', seen: obstacle } as const)
    const milliseconds = Date.now() - start
    const result = { check, ...outcome, points: points.of(check.name), milliseconds }
    results.push(result)
    tell(result)
  }
  return results
}

/** Why there is no point in asking. */
function obstacleTo({ needs = [] }: Check, results: readonly Result[]): string | undefined {
  if (!procIsThere()) return '/proc cannot be read here'
  const missing = results.find(
    ({ check, verdict }) => needs.includes(check.name) && verdict !== 'passed',
  )
  return missing && `it rests on ${missing.check.name}, which was not passed`
}

async function ask(
  check: Check,
  terms: Terms,
  isFirst: boolean,
): Promise<Pick<Result, 'verdict' | 'seen'>> {
  const judge = new Judge(terms)
  try {
    await judge.start().catch(error => {
      if (!(error instanceof NotStarted)) throw error
      // Somebody else may have taken the port: once more, with another.
      return judge.end().then(() => judge.start())
    })
    return { verdict: 'passed', seen: await check.run(judge) }
  } catch (error) {
    if (error instanceof NotStarted && isFirst) throw error
    if (error instanceof Failed) return { verdict: 'failed', seen: error.message }
    if (error instanceof NotStarted || error instanceof NotSeen)
      return { verdict: 'not checked', seen: error.message }
    throw error
  } finally {
    await judge.end()
  }
}
