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

/**
 * Where the true median lies with about 95 %: between two of the sorted values, whatever their
 * distribution (the binomial interval of order statistics). Fewer than 6 values cannot tell.
 * @param {number[]} values
 * @returns {{ low: number, high: number } | null}
 */
export function medianInterval(values) {
  const sorted = values.filter(isNumber).sort((a, b) => a - b)
  const count = sorted.length
  // The most that may be cut off at each end: P(Binomial(count, 1/2) < rank) <= 0.025.
  let [rank, chance, sum] = [0, 0.5 ** count, 0.5 ** count]
  while (sum <= 0.025) {
    chance *= (count - rank) / (rank + 1)
    rank++
    sum += chance
  }
  return rank === 0 ? null : { low: sorted[rank - 1], high: sorted[count - rank] }
}
