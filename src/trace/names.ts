// The names of this system's numbers, for people who read a trace.
import { binding } from '../posix/binding.ts'
import { O_RDONLY, O_RDWR, O_WRONLY } from '../posix/constants.ts'

const constants = Object.entries(binding.constants)

/** `nameOf('AF_', 2)` is `'AF_INET'`; a number that has no such name stays one. */
export const nameOf = (prefix: string, value: number): string | number =>
  constants.find(([name, number]) => number === value && name.startsWith(prefix))?.[0] ?? value

/** `flagsOf('SA_', …)` is `'SA_RESTART|SA_NOCLDSTOP'`; 0 where none is set. */
export function flagsOf(prefix: string, value: number): string | number {
  const set = constants.filter(
    ([name, flag]) => name.startsWith(prefix) && flag !== 0 && (value & flag) === flag,
  )
  // A flag that is part of another one that is set says nothing of its own.
  const names = set.filter(
    ([, flag]) => !set.some(([, other]) => other !== flag && isIn(flag, other)),
  )
  return names.map(([name]) => name).join('|') || value
}

const isIn = (flag: number, other: number) => (flag & other) === flag

/** The flags of open(2): how it is accessed, which is no flag, and the others. */
export function openFlags(value: number): string {
  const access = value & (O_RDONLY | O_WRONLY | O_RDWR)
  const mode = access === O_RDWR ? 'O_RDWR' : access === O_WRONLY ? 'O_WRONLY' : 'O_RDONLY'
  const others = flagsOf('O_', value & ~access)
  return others === 0 ? mode : `${mode}|${others}`
}

/** `SOCK_STREAM|SOCK_NONBLOCK` */
export function socketType(value: number): string | number {
  const flag = binding.constants.SOCK_NONBLOCK as number
  const type = nameOf('SOCK_', value & ~flag)
  return (value & flag) === flag ? `${type}|SOCK_NONBLOCK` : type
}

/** Options of sockets have the same numbers on different levels. */
export function socketOption(level: number, option: number): [string | number, string | number] {
  const { IPPROTO_TCP, IPPROTO_IPV6 } = binding.constants
  if (level === IPPROTO_TCP) return ['IPPROTO_TCP', nameOf('TCP_', option)]
  if (level === IPPROTO_IPV6) return ['IPPROTO_IPV6', nameOf('IPV6_', option)]
  return [nameOf('SOL_', level), nameOf('SO_', option)]
}

export const errorName = (errno: number): string => binding.describeErrno(errno)[0]
