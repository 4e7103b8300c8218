// truefork/posix: the system calls, one to one, with the fork that is safe.
export { fork } from './fork/fork.ts'
export * from './posix/index.ts'
