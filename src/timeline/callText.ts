import type { WaitStatus } from '../posix/status.ts'
import type { Argument, CallLine } from '../trace/line.ts'

/** A call as a program in C would have it, with what came of it: `accept(5) = 7, 127.0.0.1:40000`. */
export function callText(line: CallLine): string {
  const { call, args, result, error, status, opened, address } = line
  const called = `${call}(${args.map(argumentText).join(', ')})`
  if (error !== undefined) return `${called} = −1 ${error}`
  const client = opened?.[0]?.kind === 'accepted' ? opened[0].name : undefined
  const ends =
    call === 'pipe' || call === 'socketpair' ? opened?.map(({ fd }) => fd).join(', ') : ''
  const learnt = [client, ends && `[${ends}]`, address, status && statusText(status)]
  const told = learnt.filter(Boolean).join(', ')
  if (result === undefined) return told ? `${called} → ${told}` : called
  return told ? `${called} = ${result}, ${told}` : `${called} = ${result}`
}

const argumentText = (argument: Argument): string =>
  Array.isArray(argument) ? `[${argument.map(argumentText).join(' ')}]` : String(argument)

/** A status in words: `exited 7`, `SIGKILL`. */
export function statusText(status: WaitStatus): string {
  if (status.kind === 'exited') return `exited ${status.code}`
  return 'signal' in status ? status.signal : 'continued'
}
