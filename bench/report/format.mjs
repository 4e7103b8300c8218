// Figures as people read them. What was not measured is a dash.
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const decimals = digits =>
  new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })

const none = '–'
const isKnown = value => typeof value === 'number' && Number.isFinite(value)

export const count = value => (isKnown(value) ? whole.format(value) : none)
export const fixed = (value, digits) => (isKnown(value) ? decimals(digits).format(value) : none)

/** Small figures need digits after the point, large ones do not. */
export const figure = value => (Math.abs(value) < 100 ? fixed(value, 1) : count(value))

/** Microseconds, shown in milliseconds. */
export const ms = value => fixed(isKnown(value) ? value / 1000 : value, 2)

/** @param {import('../support/statistics.mjs').Spread | null} spread */
export const middle = (spread, format = count) => format(spread?.median)

/** `low–high` of all rounds. */
export const range = (spread, format = count) =>
  spread ? `${format(spread.min)}–${format(spread.max)}` : none
