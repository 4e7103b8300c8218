// A command that runs while the test goes on with other things.
import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'

export async function runToEnd(command: string, args: readonly string[], options: SpawnOptions) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
    })
  }
  const [status] = await once(child, 'close')
  return { status: status as number | null, ...texts, all: `${texts.stdout}${texts.stderr}` }
}
