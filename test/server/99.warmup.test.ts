import { expect, test } from 'vitest'
import { descriptors } from '../support/proc.ts'
import { childrenNow, fixtureFile, runCommand, startServer } from '../support/server.ts'

async function answersAfter(way: string, args: readonly string[] = []) {
  const server = await startServer('warmup.mjs', args, { env: { WAY: way } })
  const answer = JSON.parse(await (await server.client()).ask('hello'))
  return { server, answer }
}

test.each([[[]], [['--model', 'prefork']]])(
  'with %j, the module has its handler serve clients before the first comes',
  async args => {
    const { server, answer } = await answersAfter('three', args)
    expect(answer.calls).toBe(4)
    const played = answer.answers.map((text: string) => JSON.parse(text))
    expect(played.map(({ line, calls }: typeof answer) => [line, calls])).toEqual([
      ['one', 1],
      ['two', 2],
      ['three', 3],
    ])
    // Each server process has what the warmup has left.
    const other = JSON.parse(await (await server.client()).ask('hello'))
    expect(other.calls).toBe(4)
  },
)

test.each([
  ['more than fits into a socket, both ways', 'big', [2 ** 20, true]],
  ['a client who sends nothing', 'nothing', [0]],
  ['a client whose input nobody reads', 'unread', ['']],
  ['a client who sends bytes', 'bytes', [expect.stringContaining('"o"')]],
  ['what the handler throws, the warmup may catch', 'failing', ['as it was told']],
])('%s', async (_, way, answers) => {
  expect((await answersAfter(way)).answer.answers).toEqual(answers)
})

test('nothing of it is left in the daemon process', async () => {
  const env = { WAY: 'failing' }
  const [played, plain] = [
    await startServer('warmup.mjs', [], { env }),
    await startServer('talk.mjs'),
  ]
  expect(descriptors(played.daemon).size).toBe(descriptors(plain.daemon).size)
  expect(childrenNow(played.daemon)).toEqual([])
})

test.each([
  ['warmup.mjs', 'throws', 'the warmup of the handler failed: as it was told'],
  ['warmup.mjs', 'lonely', 'the warmup of the handler failed: the played client has failed'],
  [
    'warmup.mjs',
    'promise',
    'the warmup of the handler failed: it is asynchronous, and the daemon process runs no event loop',
  ],
  [
    'warmup.mjs',
    'text',
    `cannot load the handler ${fixtureFile('warmup.mjs')}: its export warmup is no function`,
  ],
  ...['async', 'promise', 'socket'].map(way => [
    'warmupAsync.mjs',
    way,
    'the warmup of the handler failed: play is for synchronous handlers; an asynchronous one can have its functions called one by one',
  ]),
])('%s, %s: the server does not start, and says why', async (file, way, message) => {
  for (const more of [[], ['--daemon']]) {
    const args = ['serve', fixtureFile(file as string), '--port', '0', '--allow-root', ...more]
    const { code, err } = await runCommand(args, { env: { WAY: way as string } })
    expect(err).toEqual([`truefork: ${message}`])
    expect(code).toBe(66)
  }
})

test('the model sequential, in which nobody compiles in vain, is not warmed up', async () => {
  const { answer } = await answersAfter('three', ['--model', 'sequential'])
  expect(answer.calls).toBe(1)
})
