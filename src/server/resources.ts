// What a server process may use: limits of the system, its nice value, its umask.
import { PRIO_PROCESS } from '../posix/constants.ts'
import { type ResourceLimit, resourceNumbers, setpriority, setrlimit } from '../posix/limits.ts'
import { umask } from '../posix/processes.ts'

/** One limit, as `nofile=256` or `cpu=10:60` has it. */
export interface Limit extends ResourceLimit {
  name: string
  /** As it was written. */
  text: string
  /** The system's number of it: `RLIMIT_NOFILE`. */
  resource: number
}

export interface Resources {
  limits: readonly Limit[]
  nice: number | undefined
  umask: number | undefined
}

/** The options that these follow from. */
interface Written {
  limit: string | readonly string[]
  nice?: number | undefined
  umask?: string | undefined
}

/** @returns undefined if nothing is to be set; of two limits of one name, the last one counts */
export function resourcesFrom({ limit, nice, umask: mask }: Written): Resources | undefined {
  const limits = new Map([limit].flat().map(text => [limitFrom(text).name, limitFrom(text)]))
  if (limits.size === 0 && nice === undefined && mask === undefined) return undefined
  const octal = mask === undefined ? undefined : Number.parseInt(mask, 8)
  return { limits: [...limits.values()], nice, umask: octal }
}

/** In a server process, before it serves. What the system refuses is a SystemError. */
export function takeResources(resources: Resources): void {
  for (const limit of resources.limits) setrlimit(limit.resource, limit)
  if (resources.nice !== undefined) setpriority(PRIO_PROCESS, 0, resources.nice)
  if (resources.umask !== undefined) umask(resources.umask)
}

/** @throws RangeError: what is wrong with the text, and what would be right */
export function limitFrom(text: string): Limit {
  const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(text) ?? []
  const resource = resourceNumbers.get(name)
  if (resource === undefined) {
    const known = [...resourceNumbers.keys()].sort().join(', ')
    throw new RangeError(`this system has no limit '${name}', but ${known}`)
  }
  const [soft, hard = soft, ...more] = value.split(':').map(amountFrom)
  if (soft === undefined || hard === undefined || more.length > 0) {
    throw new RangeError(`expected ${name}= and a number, ${notation}`)
  }
  if (soft > hard) throw new RangeError('the soft limit is above the hard one')
  return { name, text, resource, soft, hard }
}

const notation = 'with K, M or G if wanted, or unlimited; or two, as SOFT:HARD'

const units = new Map([
  ['', 1],
  ['K', 2 ** 10],
  ['M', 2 ** 20],
  ['G', 2 ** 30],
])

function amountFrom(text: string): number | undefined {
  if (text === 'unlimited') return Number.POSITIVE_INFINITY
  const [, digits, unit = ''] = /^(\d+)([KMG]?)$/.exec(text) ?? []
  const amount = Number(digits) * (units.get(unit) ?? 1)
  return Number.isSafeInteger(amount) ? amount : undefined
}

/** An amount as it may be written, rounded up to the unit. */
export function amountText(amount: number): string {
  const unit = [...units].findLast(([, size]) => amount >= 8 * size) ?? ['', 1]
  return `${Math.ceil(amount / unit[1])}${unit[0]}`
}
