// What is printed.
import { markdownTable } from 'markdown-table'

/**
 * @typedef {object} Result
 * @property {string} fault
 * @property {'sound' | 'not sound' | 'not run'} outcome
 * @property {string} observed the evidence that the fault has happened
 * @property {Record<string, number>} clients how they have fared
 * @property {string[]} problems
 * @property {number} seconds
 */

const clients = counts =>
  Object.entries(counts)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ')

/** @param {Result} result */
export function reportLine({ fault, outcome, observed, clients: counts, problems, seconds }) {
  const time = `${seconds.toFixed(1)} s`
  const facts = [observed, clients(counts), ...problems].filter(Boolean).join('; ')
  return `${outcome.padEnd(10)}${fault.padEnd(24)}${time.padStart(7)}  ${facts}`
}

/** @param {Result[]} results */
export const reportTable = results =>
  markdownTable([
    ['fault', '', 'observed', 'answered', 'refused', 'hung', 'wrong'],
    ...results
      .map(({ fault, outcome, observed, clients: counts }) => [
        fault,
        outcome,
        observed,
        counts.answered ?? 0,
        (counts.ended ?? 0) + (counts.reset ?? 0) + (counts.unreachable ?? 0),
        counts.hung ?? 0,
        counts.wrong ?? 0,
      ])
      .map(row => row.map(String)),
  ])
