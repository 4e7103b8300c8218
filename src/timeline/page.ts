// The page of a timeline: one file that needs nothing else. Its program is built beforehand, from
// src/timeline/page.
import { readFileSync } from 'node:fs'
import type { Timeline } from './timeline.ts'

/** Where the built page has its timeline. */
const place = '/*timeline*/null'

/** Where it says to whom it may talk. */
const policy = "connect-src 'none'"

/** The text of the page, with the timeline in it. */
export function toPage(timeline: Timeline): string {
  // Each lane has its calls. In a script, nothing may look like its end.
  const data = JSON.stringify({ ...timeline, calls: [] }).replaceAll('<', '\\u003c')
  return page().replace(place, () => data)
}

/** The page without a timeline: it asks for one where it comes from, again and again. */
export const toLivePage = (): string => page().replace(policy, "connect-src 'self'")

const page = () => readFileSync(new URL('./page.html', import.meta.url), 'utf8')
