export * from './constants.ts'
export * from './credentials.ts'
export * from './descriptors.ts'
export { isSystemError, type SystemError } from './errors.ts'
export * from './limits.ts'
export * from './memory.ts'
export * from './messages.ts'
export * from './processes.ts'
export {
  type Disposition,
  isSignal,
  type Signal,
  type SignalHandler,
  sigaction,
  signalName,
  signalNumber,
  sigpending,
  sigprocmask,
  sigsuspend,
} from './signals.ts'
export * from './sockets.ts'
export { describeStatus, type WaitStatus } from './status.ts'
export * from './terminals.ts'
export { asFd, asPid, type Fd, type Pid } from './types.ts'
