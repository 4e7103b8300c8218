// A calculator, a line at a time, with numbers as long as one likes. Each line is computed in a child
// of its own, which has given up what it does not need: it may open no file and start no process, and has
// a second of processor time and some memory. Whatever becomes of it, its parent lives, and sees how.
//
//   truefork serve examples/calculator.ts
//   nc 127.0.0.1 7777             2 ** 64, then 9 ** 9 ** 9
import { type Connection, fork, type WaitStatus } from 'truefork'
// biome-ignore format: one call a line would hide the program behind its imports
import {
  _exit, asFd, close, describeStatus, dup2, type Fd, O_RDWR, open, pipe, RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU,
  RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_NPROC, read, setrlimit, waitpid, write,
} from 'truefork/posix'

const GiB = 2 ** 30

export default function calculator(connection: Connection): void {
  for (let line = connection.readLine(1000); line !== null; line = connection.readLine(1000)) {
    if (line.trim() !== '') connection.write(`${compute(line, connection.fd)}\n`)
  }
}

function compute(line: string, client: Fd): string {
  const [reads, writes] = pipe()
  const pid = fork()
  if (pid === 0) child(line, writes, [reads, client])
  close(writes)
  const answer = readAll(reads)
  close(reads)
  const status = waitpid(pid)?.status as WaitStatus
  return status.kind === 'exited' && status.code === 0 ? answer : inWords(status)
}

function child(line: string, writes: Fd, others: readonly Fd[]): never {
  for (const fd of others) close(fd)
  const nowhere = open('/dev/null', O_RDWR)
  for (const standard of [0, 1, 2]) dup2(nowhere, asFd(standard))
  close(nowhere)
  // What is open stays open: the pipe, and the three that lead nowhere. There is no other below 3. And
  // none of these limits can be taken back, except by root.
  setrlimit(RLIMIT_NOFILE, { soft: 3, hard: 3 })
  setrlimit(RLIMIT_FSIZE, { soft: 0, hard: 0 })
  setrlimit(RLIMIT_NPROC, { soft: 0, hard: 0 })
  setrlimit(RLIMIT_CORE, { soft: 0, hard: 0 })
  setrlimit(RLIMIT_CPU, { soft: 1, hard: 2 })
  // More than it has: V8 reserves much that it never touches.
  setrlimit(RLIMIT_AS, { soft: 2 * GiB, hard: 2 * GiB })
  writeAll(writes, Buffer.from(answerTo(line)))
  return _exit(0)
}

function inWords(status: WaitStatus): string {
  const isLate = status.kind === 'signaled' && ['SIGXCPU', 'SIGKILL'].includes(status.signal)
  return isLate
    ? 'error: that takes too long'
    : `error: that cannot be done here (${describeStatus(status)})`
}

function answerTo(line: string): string {
  try {
    return String(new Expression(line).value())
  } catch (error) {
    return `error: ${(error as Error).message}`
  }
}

/**
 * sum = product {(+|-) product}; product = sign {(*|/|%) sign}; sign = [-] power;
 * power = atom [** sign]; atom = digits | ( sum ). There is nothing else that it could do.
 */
class Expression {
  readonly #tokens: string[]

  constructor(line: string) {
    this.#tokens = line.match(/\d+|\*\*|\S/g) ?? []
  }

  value(): bigint {
    const value = this.#sum()
    const [rest] = this.#tokens
    if (rest !== undefined) throw new SyntaxError(`not understood: ${rest}`)
    return value
  }

  #takes(...tokens: string[]): string | undefined {
    return tokens.includes(this.#tokens[0] ?? '') ? this.#tokens.shift() : undefined
  }

  #sum(): bigint {
    let value = this.#product()
    for (let sign = this.#takes('+', '-'); sign; sign = this.#takes('+', '-')) {
      const other = this.#product()
      value = sign === '+' ? value + other : value - other
    }
    return value
  }

  #product(): bigint {
    let value = this.#sign()
    for (let sign = this.#takes('*', '/', '%'); sign; sign = this.#takes('*', '/', '%')) {
      const other = this.#sign()
      value = sign === '*' ? value * other : sign === '/' ? value / other : value % other
    }
    return value
  }

  #sign(): bigint {
    return this.#takes('-') ? -this.#sign() : this.#power()
  }

  #power(): bigint {
    const base = this.#atom()
    return this.#takes('**') ? base ** this.#sign() : base
  }

  #atom(): bigint {
    if (this.#takes('(')) {
      const value = this.#sum()
      if (!this.#takes(')')) throw new SyntaxError('a ) is missing')
      return value
    }
    const token = this.#tokens.shift()
    if (!/^\d+$/.test(token ?? ''))
      throw new SyntaxError(`a number is missing before ${token ?? 'the end'}`)
    return BigInt(token as string)
  }
}

function readAll(fd: Fd): string {
  const chunks: Buffer[] = []
  const buffer = Buffer.alloc(65_536)
  for (let length = read(fd, buffer); length > 0; length = read(fd, buffer))
    chunks.push(Buffer.from(buffer.subarray(0, length)))
  return Buffer.concat(chunks).toString()
}

function writeAll(fd: Fd, bytes: Buffer): void {
  for (let sent = 0; sent < bytes.length; ) sent += write(fd, bytes.subarray(sent))
}
