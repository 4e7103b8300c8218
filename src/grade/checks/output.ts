import { F_GETFL, F_SETFL, O_NONBLOCK } from '../../posix/constants.ts'
import { close, fcntl, read } from '../../posix/descriptors.ts'
import { isSystemError } from '../../posix/errors.ts'
import { openTerminal, type Terminal } from '../../posix/terminals.ts'
import type { Fd } from '../../posix/types.ts'
import { type Check, Failed, NotSeen } from '../check.ts'
import type { Judge } from '../judge.ts'

const CLIENTS = 3

export const output: Check = {
  name: 'stdio',
  asks: 'is what the server prints written once?',
  why: 'What waits in a buffer of stdio is copied by fork, and each child that ends by exit writes it again; on a terminal one does not see it.',
  read: ['_exit(2)', 'setvbuf(3)', 'TLPI 25.4', 'UNP 14.8'],
  needs: ['processes', 'eintr'],
  async run(judge) {
    await serveSome(judge)
    const inFile = counted(judge.server.written('stdout'))
    await judge.end()
    const onTerminal = counted(await onATerminal(judge))
    for (const [line, count] of inFile) {
      const right = onTerminal.get(line) ?? 0
      if (right > 0 && count > right) {
        throw new Failed(
          `${JSON.stringify(line)} stands ${count} times in a file, and ${right} times on a terminal`,
        )
      }
    }
    return `${CLIENTS} clients leave no line in a file more often than on a terminal`
  },
}

/** One after the other, then the end of the server. */
async function serveSome(judge: Judge): Promise<void> {
  for (let i = 0; i < CLIENTS; i++) {
    const client = await judge.clients.served()
    const pids = await judge.processes.serversOf(client)
    judge.clients.leave(client)
    await judge.until(() => !pids?.some(pid => judge.processes.isAlive(pid)))
  }
  judge.processes.signal(judge.daemon, 'SIGTERM')
  await judge.until(() => !judge.processes.isAlive(judge.daemon), { daemonMayEnd: true })
}

/** What the same clients leave where every line is written at once. */
async function onATerminal(judge: Judge): Promise<string> {
  const { master, path } = terminal()
  fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK)
  let text = ''
  // A terminal holds a few kilobytes, and then its writer waits.
  const reading = setInterval(() => {
    text += readAll(master)
  }, 10)
  try {
    await judge.start({ terminal: path })
    await serveSome(judge)
    return text + readAll(master)
  } finally {
    clearInterval(reading)
    close(master)
  }
}

function terminal(): Terminal {
  try {
    return openTerminal()
  } catch (error) {
    throw new NotSeen(`there is no terminal to compare with: ${(error as Error).message}`)
  }
}

function readAll(master: Fd): string {
  const buffer = Buffer.alloc(4096)
  let text = ''
  try {
    for (let n = read(master, buffer); n > 0; n = read(master, buffer)) {
      text += buffer.toString('latin1', 0, n)
    }
  } catch (error) {
    // EIO: nobody has the other end open any more.
    if (!isSystemError(error, 'EAGAIN', 'EIO')) throw error
  }
  return text
}

/** How often each line stands there; numbers, as pids and times, and colours count for nothing. */
function counted(text: string): Map<string, number> {
  const count = new Map<string, number>()
  for (const raw of text.split(/[\r\n]+/)) {
    const line = raw.replace(colour, '').replace(/\d+/g, '#').trim()
    if (line !== '') count.set(line, (count.get(line) ?? 0) + 1)
  }
  return count
}

const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')
