// The server of test/fixtures/server/zombies.py, which leaves its children uncollected.
import { connectClient } from './client.ts'
import { stat } from './proc.ts'
import { fixtureFile, type Program, startForeign, Talk } from './server.ts'
import { until } from './until.ts'

export class ForkingServer {
  readonly program: Program

  constructor(program: Program) {
    this.program = program
  }

  get pid(): number {
    return this.program.pid
  }

  /** A client, and the process that serves it. */
  async client(): Promise<Talk & { server: number; name: string }> {
    const socket = await connectClient(this.program.port)
    const talk = new Talk(socket)
    const server = Number(await talk.line())
    return Object.assign(talk, { server, name: `127.0.0.1:${socket.localPort}` })
  }

  /** A child that has exited so. Returns its pid once it is a zombie. */
  async zombie(code: number): Promise<number> {
    const { server, ...talk } = await this.client()
    talk.socket.write(`${code}\n`)
    await until(() => stat(server).state === 'Z', { what: `${server} a zombie` })
    return server
  }

  collect(): void {
    this.program.kill('SIGUSR1')
  }
}

/** It is no server of truefork, and knows nothing of it. */
export async function startForkingServer(): Promise<ForkingServer> {
  const program = startForeign(['python3', fixtureFile('zombies.py')])
  const [, port] = await program.line(/^listening on (\d+)$/)
  program.port = Number(port)
  return new ForkingServer(program)
}
