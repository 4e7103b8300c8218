// execve traceMe
import { binding } from './binding.ts'
import { check, wrongArgument } from './errors.ts'
import { type Signal, signalNumber } from './signalNames.ts'
import { isChosen } from './signals.ts'

const nodesIgnored: Signal[] = ['SIGPIPE', 'SIGXFSZ']

/**
 * Replaces the program of this process by another, as execve(2). It does not return. Descriptors
 * opened here are closed by it; the signal mask and ignored signals stay, but for SIGPIPE and SIGXFSZ,
 * which Node ignores and the new program must find as they were.
 *
 * @param path the program; no search in PATH
 * @param argv its arguments, the first by custom its own name
 * @param environment default: that of this process
 * @returns never: this process is another program then
 * @throws SystemError ENOENT, EACCES, ENOEXEC, E2BIG
 * @see execve(2)
 * @example
 * if (fork() === 0) execve('/bin/echo', ['echo', 'hello'])
 */
export function execve(
  path: string,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): never {
  if (!Array.isArray(argv)) throw wrongArgument('argv', 'an array of strings')
  if (typeof environment !== 'object' || environment === null) {
    throw wrongArgument('environment', 'an object')
  }
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  )
  // Node ignores these from its start. A program that says so itself, by sigaction, means it.
  const nodes = nodesIgnored.filter(signal => !isChosen(signal)).map(signalNumber)
  const result = binding.execve(path, [...argv], variables, nodes)
  check(result, 'execve', path)
  throw new Error('execve returned')
}

/**
 * Has the parent of this process trace it: execve stops it with SIGTRAP before the first
 * instruction of the new program, which tells the parent that it can be executed.
 *
 * @throws SystemError EPERM: it is traced already, or the system does not allow it
 * @see ptrace(2) PTRACE_TRACEME
 * @example
 * const pid = fork()
 * if (pid === 0) {
 *   traceMe()
 *   execve('/bin/cat', ['cat'])
 * }
 * waitpid(pid, WUNTRACED) // { pid, status: { kind: 'stopped', signal: 'SIGTRAP' } }
 */
export function traceMe(): void {
  check(binding.traceMe(), 'ptrace')
}
