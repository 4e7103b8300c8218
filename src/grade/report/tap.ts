// The Test Anything Protocol, version 13: what was not checked is a SKIP.
import type { Result } from '../check.ts'

export function tapReport(results: readonly Result[]): string {
  const lines = results.flatMap(({ check, verdict, seen }, index) => {
    const outcome = verdict === 'failed' ? 'not ok' : 'ok'
    const line = `${outcome} ${index + 1} - ${check.name}`
    if (verdict === 'not checked') return [`${line} # SKIP ${oneLine(seen)}`]
    const notes = verdict === 'failed' ? [check.why, `read: ${check.read.join(', ')}`] : []
    return [line, ...[seen, ...notes].map(note => `# ${oneLine(note)}`)]
  })
  return ['TAP version 13', `1..${results.length}`, ...lines].join('\n')
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ')
