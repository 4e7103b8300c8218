// What a check is, and what can come of it.
import type { Judge, Terms } from './judge.ts'

/** One question to a server, from outside. */
export interface Check {
  name: string
  /** The question, for lists. */
  asks: string
  /** One sentence: what goes wrong on a server that fails. */
  why: string
  /** Manual pages and chapters. */
  read: readonly string[]
  /** Checks without which the answer would say nothing: a server that fails them is not asked. */
  needs?: readonly string[]
  /**
   * What has to be told of the server first, as `--max-children`: without that the check is left out.
   */
  wants?: { what: string; isGiven(terms: Terms): boolean }
  /**
   * Asks it.
   *
   * @returns what was seen, one sentence
   * @throws Failed what was seen speaks against the server
   * @throws NotSeen it could not be seen
   */
  run(judge: Judge): Promise<string>
}

/** Evidence against the server. The message is one sentence: what was seen. */
export class Failed extends Error {}

/** No evidence for either. The message says what was missing. */
export class NotSeen extends Error {}

/** The server did not come to listen. The message says how it ended and what it said. */
export class NotStarted extends Error {}

export type Verdict = 'passed' | 'failed' | 'not checked'

export interface Result {
  check: Check
  verdict: Verdict
  /** What was seen, or why nothing was. */
  seen: string
  points: number
  /** Of the whole check, for people who wonder what takes so long. */
  milliseconds: number
}
