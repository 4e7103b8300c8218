// How a trace tells each system call: its arguments as a program in C would have them, which
// descriptors it has opened and closed, what it has learnt. What only computes is left out.
import type { Binding, NativeAddress } from '../posix/binding.ts'
import { F_DUPFD, F_DUPFD_CLOEXEC, F_SETFD, WNOHANG } from '../posix/constants.ts'
import { signalName } from '../posix/signalNames.ts'
import { formatAddress, type SocketAddress } from '../posix/sockets.ts'
import { childStatus, waitStatus } from '../posix/status.ts'
import type { Argument, CallLine, Opened } from './line.ts'
import { flagsOf, nameOf, openFlags, socketOption, socketType } from './names.ts'

/** What a line tells of a call besides when it was, and how it ended. */
export type Told = Pick<CallLine, 'args'> &
  Partial<Pick<CallLine, 'call' | 'opened' | 'closed' | 'address' | 'status'>>

// biome-ignore lint/suspicious/noExplicitAny: the arguments of as many functions as there are calls
type Teller = (args: any[], result: any) => Told

type Ends = [number, number] | number

const opens = (result: number, descriptor: Omit<Opened, 'fd'>): { opened?: Opened[] } =>
  result < 0 ? {} : { opened: [{ fd: result, ...descriptor }] }

const ends = (result: Ends, kind: 'pipe' | 'socket', names: [string, string]) =>
  typeof result === 'number'
    ? {}
    : { opened: result.map((fd, end) => ({ fd, kind, name: names[end] as string })) }

const written = (address: NativeAddress): string => formatAddress(address as SocketAddress)

const at = (address: NativeAddress, result: number): { address?: string } =>
  result < 0 || address?.family === undefined ? {} : { address: written(address) }

const asText = (argument: unknown): Argument =>
  typeof argument === 'number'
    ? argument
    : Array.isArray(argument)
      ? argument.map(asText)
      : shortened(String(argument))

const longest = 200
const shortened = (text: string) => (text.length > longest ? `${text.slice(0, longest)}…` : text)

const signals = (numbers: readonly number[] = []): Argument[] => numbers.map(signalName)

const asIs: Teller = args => ({ args: args.map(asText) })

/** Three numbers a descriptor: which it is, what is waited for, what has come. */
function watched(table: Int32Array): Argument[] {
  const entries: Argument[] = []
  for (let index = 0; index < table.length; index += 3) {
    const [fd, events, revents] = table.subarray(index, index + 3) as unknown as number[]
    entries.push([
      fd as number,
      flagsOf('POLL', events as number),
      flagsOf('POLL', revents as number),
    ])
  }
  return entries
}

function duplicated([fd, command, argument]: number[], result: number): Told {
  const name = nameOf('F_', command as number)
  const args = [
    fd as number,
    name,
    command === F_SETFD ? flagsOf('FD_', argument as number) : (argument as number),
  ]
  if (command !== F_DUPFD && command !== F_DUPFD_CLOEXEC) return { args }
  const copy = { kind: 'copy', of: fd as number } as const
  return { args, ...opens(result, command === F_DUPFD ? { ...copy, kept: true } : copy) }
}

const lastStandard = 2

const wait = (pid: number, options: number): Argument[] => [
  pid,
  options === WNOHANG ? 'WNOHANG' : flagsOf('W', options),
]

/** By the name that the native part gives them. */
export const tellers: Partial<Record<keyof Binding, Teller>> = {
  open: ([path, flags], result) => ({
    args: [asText(path), openFlags(flags)],
    ...opens(result, { kind: 'file', name: shortened(path) }),
  }),
  close: ([fd], result) => (result < 0 ? { args: [fd] } : { args: [fd], closed: [fd] }),
  read: ([fd, buffer]) => ({ args: [fd, buffer.length] }),
  write: ([fd, data]) => ({ args: [fd, data.length] }),
  writeNow: ([fd, data]) => ({ call: 'write', args: [fd, data.length] }),
  flock: ([fd, operation]) => ({ args: [fd, flagsOf('LOCK_', operation)] }),
  dup2: ([from, to], result) =>
    from === to
      ? { args: [from, to] }
      : {
          args: [from, to],
          ...opens(result, { kind: 'copy', of: from, ...(to <= lastStandard && { kept: true }) }),
        },
  fcntl: duplicated,
  closeOnExecFrom: ([lowest]) => ({ call: 'close_range', args: [lowest, 'CLOSE_RANGE_CLOEXEC'] }),
  pipe: (_, result: Ends) => ({ args: [], ...ends(result, 'pipe', ['read end', 'write end']) }),
  poll: ([table, timeout, mask]) =>
    mask === undefined
      ? { args: [watched(table), timeout] }
      : { call: 'ppoll', args: [watched(table), timeout, signals(mask)] },

  socket: ([family, type, protocol], result) => ({
    args: [nameOf('AF_', family), socketType(type), protocol],
    ...opens(result, { kind: 'socket' }),
  }),
  bind: ([fd, address]) => ({ args: [fd, written(address)] }),
  listen: asIs,
  accept: ([fd, from], result) => accepted([fd], from, result),
  acceptNext: ([tops, , timeout, from], result) => accepted([[...tops], timeout], from, result),
  connect: ([fd, address]) => ({ args: [fd, written(address)] }),
  recv: ([fd, buffer, flags]) => ({ args: [fd, buffer.length, flagsOf('MSG_', flags)] }),
  getsockname: ([fd, into], result) => ({ args: [fd], ...at(into, result) }),
  getpeername: ([fd, into], result) => ({ args: [fd], ...at(into, result) }),
  getpeercred: ([fd]) => ({ args: [fd] }),
  setsockopt: ([fd, level, option, value]) => ({
    args: [fd, ...socketOption(level, option), value],
  }),
  getsockopt: ([fd, level, option, into]) => ({
    args: [fd, ...socketOption(level, option), into[0]],
  }),
  shutdown: ([fd, how]) => ({ args: [fd, nameOf('SHUT_', how)] }),
  socketpair: ([family, type, protocol], result: Ends) => ({
    args: [nameOf('AF_', family), socketType(type), protocol],
    ...ends(result, 'socket', ['one end', 'other end']),
  }),
  sendmsg: ([fd, data, descriptors]) => ({ args: [fd, data.length, [...descriptors]] }),
  recvmsg: ([fd, , { descriptors }]) => ({
    args: [fd],
    opened: descriptors.map((fd: number) => ({ fd, kind: 'socket', name: 'received' })),
  }),

  waitpid: ([pid, options, into], result) => ({
    args: wait(pid, options),
    ...(result > 0 && { status: waitStatus(into[0]) }),
  }),
  waitid: ([type, id, options, child], result) => ({
    args: [nameOf('P_', type), ...wait(id, options)],
    ...(result > 0 && { status: childStatus(child.code, child.status) }),
  }),
  kill: ([pid, signal]) => ({ args: [pid, signal === 0 ? 0 : signalName(signal)] }),
  setsid: asIs,
  setpgid: asIs,
  umask: ([mask]) => ({ args: [`0${mask.toString(8)}`] }),
  chdir: asIs,
  alarm: asIs,
  setParentDeathSignal: ([signal]) => ({ args: [signal === 0 ? 0 : signalName(signal)] }),
  execve: ([path, argv]) => ({ args: [asText(path), asText(argv)] }),
  spawn: ([path, argv]) => ({ call: 'vfork', args: [asText(path), asText(argv)] }),
  traceMe: () => ({ call: 'ptrace', args: ['PTRACE_TRACEME'] }),
  _exit: asIs,
  fork: () => ({ args: [] }),

  setrlimit: ([resource, soft, hard]) => ({ args: [nameOf('RLIMIT_', resource), soft, hard] }),
  setpriority: ([which, who, nice]) => ({ args: [nameOf('PRIO_', which), who, nice] }),
  sharedMemory: ([bytes]) => ({ call: 'mmap', args: [bytes, 'MAP_SHARED|MAP_ANON'] }),
  setuid: asIs,
  setgid: asIs,
  setgroups: asIs,
  chroot: asIs,
  noNewPrivileges: asIs,
  forbidTracing: asIs,

  setDisposition: ([signal, kind, flags]) => ({
    call: 'sigaction',
    args: [signalName(signal), kind, flagsOf('SA_', flags)],
  }),
  setMask: ([how, numbers]) => ({
    call: 'sigprocmask',
    args: [nameOf('SIG_', how), signals(numbers)],
  }),
  suspend: ([mask]) => ({ call: 'sigsuspend', args: [signals(mask)] }),
}

function accepted(args: Argument[], from: NativeAddress | undefined, result: number): Told {
  const client = from?.family === undefined ? {} : { name: written(from) }
  return { call: 'accept', args, ...opens(result, { kind: 'accepted', ...client }) }
}
