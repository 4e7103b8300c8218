// Times in words.

const units: [number, string][] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
]

/** `12.3 ms`, with three digits or so. */
export function duration(ns: number): string {
  const [size, unit] = units.find(([one]) => ns >= one) ?? [1, 'ns']
  return `${Number((ns / size).toPrecision(3))} ${unit}`
}

/** A point in time, in ms: `1 234.567 ms`. */
export const instant = (ns: number): string =>
  `${(ns / 1e6).toLocaleString('en', { minimumFractionDigits: 3, maximumFractionDigits: 3 }).replaceAll(',', ' ')} ms`
