// V8 compiles for what the daemon process has done so far, in which no fork has ever returned 0. Where a
// child comes to something else, it has to take that back, and the next child again.
import { expect, test } from 'vitest'
import { startServer } from '../support/server.ts'
import { patience } from '../support/until.ts'

// So soon as if many thousands of clients had come; but not before V8 has seen what there is to see.
const soon =
  Number(process.versions.node.split('.')[0]) < 22
    ? ['--interrupt-budget=20000']
    : ['--invocation-count-for-turbofan=400', '--invocation-count-for-osr=100']
const launch = ['--single-threaded', '--v8-pool-size=1', '--trace-deopt']
const clients = 1000

test.each(['fork', 'prefork'])(
  'no child of the model %s runs code that was optimized for its parent only',
  {
    timeout: patience(120_000),
  },
  async model => {
    const server = await startServer('talk.mjs', ['--model', model], {
      nodeArgs: [...launch, ...soon],
      // A child that ends by _exit does not write what V8 has said there, unless it is by lines.
      under: ['stdbuf', '-oL'],
    })
    let left = clients
    const crowd = Array.from({ length: 8 }, async () => {
      while (left-- > 0) await (await server.client()).finish()
    })
    await Promise.all(crowd)
    server.signal('SIGTERM')
    expect(await server.ended()).toEqual({ code: 0, signal: null })
    const taken = server.stdout.all.filter(line => line.includes('bailout'))
    expect(taken).not.toEqual([])
    expect(taken.length, taken.slice(-20).join('\n')).toBeLessThan(clients / 10)
  },
)
