// The examples of the reference are pieces of programs: what stands around them when they are run.

/** Before every example of truefork/posix, in a process of its own: two clients have come. */
export const situation = `
  const top = socket(AF_INET, SOCK_STREAM)
  setsockopt(top, SOL_SOCKET, SO_REUSEADDR, 1)
  bind(top, { host: '127.0.0.1', port: 0 })
  listen(top, 16)
  const client = socket(AF_INET, SOCK_STREAM)
  connect(client, getsockname(top) as Endpoint)
  write(client, 'hello')
  const accepted = accept(top)
  connect(socket(AF_INET, SOCK_STREAM), getsockname(top) as Endpoint)
  const buffer = Buffer.alloc(64)
  const uid = 5080
  const gid = 5080
  const pool = { forgetConnections() {} }
  const lock = { release() {} }
  const cache = { flushSync() {} }
`

/** Where an example needs another situation than that. */
export const special: Record<string, string> = {
  bind: 'const top = socket(AF_INET, SOCK_STREAM)',
  listen: "const top = socket(AF_INET, SOCK_STREAM)\nbind(top, { host: '127.0.0.1', port: 0 })",
  connect: `const other = socket(AF_INET, SOCK_STREAM)
    setsockopt(other, SOL_SOCKET, SO_REUSEADDR, 1)
    bind(other, { host: '127.0.0.1', port: 7777 })
    listen(other, 1)
    const client = socket(AF_INET, SOCK_STREAM)`,
  getpeercred: 'const [accepted] = socketpair(AF_UNIX, SOCK_STREAM)',
  recvmsg: `const [mine, theirs] = socketpair(AF_UNIX, SOCK_SEQPACKET)
    sendmsg(mine, Buffer.from('a client'), [accepted])`,
  waitid: 'if (fork() === 0) _exit(0)',
  sigsuspend: `let ended = false
    sigaction('SIGCHLD', { handler: () => { ended = true } })
    if (fork() === 0) _exit(0)`,
}

/** Around the examples of a connection: the handler of a server with a hub. */
export const handler = (example: string): string => `
import type { Connection } from 'truefork'
export default async (connection: Connection): Promise<void> => {
  const say = (text: unknown) => console.log(text)
  const show = say
  const ask = (text: string) => text
  let name = 'alice'
  ${/\bhub\./.test(example) && !/connection\.hub|{ hub }/.test(example) ? 'const { hub } = connection' : ''}
  {
${example}
  }
}
`
