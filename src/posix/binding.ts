// The native part, as it is: results, or the errno of the call negated. Only src/posix and
// src/fork look in here.
import { loadNativePart } from './nativePart.ts'

/** What the native `examine` tells of the moment. */
export interface Examination {
  threads: { id: number; name: string; state: 'parked' | 'loop' | 'kernel' | 'running' }[]
  requests: number
  pendingOutput: number[]
}

export interface NativeAddress {
  family?: 'IPv4' | 'IPv6' | 'unix'
  host?: string
  port?: number
  path?: string
}

export interface NativeUser {
  name: string
  uid: number
  gid: number
  home: string
  shell: string
}

type Ends = [number, number] | number

export interface Binding {
  constants: Record<string, number>
  signals: Record<string, number>
  errors: Record<string, number>
  describeErrno(errno: number): [name: string, text: string]

  open(path: string, flags: number, mode: number): number
  close(fd: number): number
  read(fd: number, buffer: Uint8Array): number
  write(fd: number, data: Uint8Array): number
  writeNow(fd: number, data: Uint8Array): number
  flock(fd: number, operation: number): number
  dup2(from: number, to: number): number
  fcntl(fd: number, command: number, argument: number): number
  closeOnExecFrom(lowest: number): number
  pipe(): Ends
  openTerminal(): number
  ptsname(master: number): string | number
  poll(table: Int32Array, timeout: number, mask?: number[]): number

  socket(family: number, type: number, protocol: number): number
  bind(fd: number, address: NativeAddress): number
  listen(fd: number, backlog: number): number
  accept(fd: number, from?: NativeAddress): number
  acceptNext(tops: Int32Array, lifeline: number, timeout: number, from: object): number
  connect(fd: number, address: NativeAddress): number
  recv(fd: number, buffer: Uint8Array, flags: number): number
  getsockname(fd: number, into: NativeAddress): number
  getpeername(fd: number, into: NativeAddress): number
  getpeercred(fd: number): { pid: number; uid: number; gid: number } | number
  setsockopt(fd: number, level: number, option: number, value: number): number
  getsockopt(fd: number, level: number, option: number, into: Int32Array): number
  shutdown(fd: number, how: number): number
  socketpair(family: number, type: number, protocol: number): Ends
  sendmsg(fd: number, data: Uint8Array, descriptors: Int32Array): number
  recvmsg(fd: number, buffer: Uint8Array, into: object): number
  inet_pton(family: number, text: string, into: Uint8Array): number
  inet_ntop(family: number, address: Uint8Array): string | number

  waitpid(pid: number, options: number, into: Int32Array): number
  waitid(type: number, id: number, options: number, into: { code: number; status: number }): number
  describeStatus(status: number): [kind: string, number: number, coreDumped: boolean]
  kill(pid: number, signal: number): number
  getpid(): number
  getppid(): number
  setsid(): number
  setpgid(pid: number, group: number): number
  umask(mask: number): number
  chdir(path: string): number
  alarm(seconds: number): number
  setParentDeathSignal(signal: number): number
  adoptOrphans(): number
  setproctitle(title: string): void
  execve(path: string, argv: string[], environment: string[], defaults: number[]): number
  spawn(
    path: string,
    argv: string[],
    environment: string[],
    defaults: number[],
    standard: Int32Array,
    limits: Float64Array,
    onEndOfParent: number,
    failure: { call?: string; errno?: number },
    nice?: number,
    umask?: number,
  ): number
  traceMe(): number
  _exit(status: number): never

  getrlimit(resource: number, pid?: number): { soft: number; hard: number } | number
  setrlimit(resource: number, soft: number, hard: number): number
  getpriority(which: number, who: number, into: Int32Array): number
  setpriority(which: number, who: number, nice: number): number

  sharedMemory(bytes: number): ArrayBuffer | number
  getentropy(buffer: Uint8Array): number
  keepHeapTogether(): void
  letHeapSpread(): void
  moveToLargePages(): [code: number, data: number] | number

  setuid(uid: number): number
  setgid(gid: number): number
  setgroups(groups: readonly number[]): number
  getgroups(): number[] | number
  getresuid(): number[] | number
  getresgid(): number[] | number
  chroot(path: string): number
  noNewPrivileges(): number
  forbidTracing(): number
  keepThreadsVisible(): number
  getpwnam(name: string): NativeUser | null | number
  getpwuid(uid: number): NativeUser | null | number
  getgrnam(name: string): { name: string; gid: number } | null | number
  getgrouplist(name: string, gid: number): number[]

  watchSignals(onWake: () => void): void
  setDisposition(signal: number, kind: string, flags: number, mask: number[]): number
  resetSignals(signals: number[]): void
  actAtOnceIf(signal: number, two: Int32Array, parent: number): void
  isIgnored(signal: number): number
  ignoredSignals(): number[]
  takeSignals(): number[]
  putBack(signals: number[]): void
  setMask(how: number, signals: number[]): number[] | number
  pendingSignals(): number[]
  suspend(mask: number[]): number

  examine(): Examination | number
  openOutputs(): number[]
  fork(silenced: Uint8Array, title?: string, reset?: readonly number[]): number
  onEnd(callback: (final: boolean) => void): void
  unblock(): void
  releaseInherited(): void
}

export const binding = loadNativePart() as Binding
