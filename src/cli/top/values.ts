// Numbers as people read them. What is not known is `?`.
import type { Known } from './system.ts'

/** `7s`, `4m05s`, `3h20m`, `12d04h`. */
export function duration(seconds: number): string {
  const whole = Math.floor(seconds)
  const two = (count: number) => String(count).padStart(2, '0')
  const [minutes, hours, days] = [60, 3600, 86_400].map(unit => Math.floor(whole / unit))
  if (days) return `${days}d${two((hours as number) % 24)}h`
  if (hours) return `${hours}h${two((minutes as number) % 60)}m`
  return minutes ? `${minutes}m${two(whole % 60)}s` : `${whole}s`
}

/** Processor time: hundredths matter until it is a minute. */
export const processorTime = (seconds: number): string =>
  seconds < 60 ? `${seconds.toFixed(2)}s` : duration(seconds)

/** `0`, `712K`, `31.0M`, `1.2G`: of 1024 each. */
export function size(bytes: number): string {
  const [kilo, mega, giga] = [1024, 1024 ** 2, 1024 ** 3] as const
  if (bytes === 0) return '0'
  if (bytes < mega) return `${Math.ceil(bytes / kilo)}K`
  return bytes < giga ? `${(bytes / mega).toFixed(1)}M` : `${(bytes / giga).toFixed(1)}G`
}

export const known = <T>(value: Known<T>, say: (value: T) => string): string =>
  value === null ? '?' : say(value)
