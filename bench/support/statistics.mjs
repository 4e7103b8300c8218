/**
 * @typedef {object} Spread
 * @property {number} median
 * @property {number} min
 * @property {number} max
 * @property {number} mad median of the distances from the median
 */

const isNumber = value => typeof value === 'number' && Number.isFinite(value)

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return Number.isInteger(middle)
    ? (sorted[middle - 1] + sorted[middle]) / 2
    : sorted[Math.floor(middle)]
}

/**
 * @param {(number | null | undefined)[]} values one for each round; what could not be measured is left out
 * @returns {Spread | null}
 */
export function spread(values) {
  const known = values.filter(isNumber)
  if (known.length === 0) return null
  const middle = median(known)
  return {
    median: middle,
    min: Math.min(...known),
    max: Math.max(...known),
    mad: median(known.map(value => Math.abs(value - middle))),
  }
}
