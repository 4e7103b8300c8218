import { expect, test } from 'vitest'
import { startFixture } from '../support/fixture.ts'
import { nodeVersion } from '../support/node.ts'

const PARENT = ['parent beforeExit', 'parent exit']

/** How the child ended as its parent saw it, and what was printed beside the parent's own. */
async function endOf(way: string) {
  const fixture = startFixture('fork/ends', ['end', way])
  expect(await fixture.ended()).toEqual({ code: 0, signal: null })
  const lines = fixture.stdout.all
  expect(lines.slice(-2)).toEqual(PARENT)
  const stderr = fixture.stderr.all.join('\n')
  return { status: JSON.parse(lines.at(-3)!), printed: lines.slice(0, -3), stderr }
}

// `printed` is empty in each: the listeners of the parent did not run in the child.
test.each([
  ['_exit', 7],
  ['processExit', 7],
  ['exitCode', 7],
  ['natural', 0],
  ['naturalLater', 0],
  ['afterGarbage', 0],
  ['exitInListener', 9],
])('a child that ends by %s: status %i, and no listener of the parent', async (way, code) => {
  expect(await endOf(way)).toEqual({ status: { kind: 'exited', code }, printed: [], stderr: '' })
})

test.each(['throws', 'throwsLater', 'rejects'])(
  'a child that %s: status 1, and the error once',
  async way => {
    const { status, printed, stderr } = await endOf(way)
    expect([status, printed]).toEqual([{ kind: 'exited', code: 1 }, []])
    expect(stderr.match(/RangeError: of the child/g)).toHaveLength(1)
    expect(stderr).toContain('ends.mjs') // the stack
  },
)

test('a child whose top-level await never settles ends as Node does: 13', async () => {
  const { status, printed } = await endOf('unsettled')
  // From Node 22 on only Node knows, and truefork ends the child before: see src/fork/exitPath.ts.
  const code = nodeVersion < 22 ? 13 : 0
  expect([status, printed]).toEqual([{ kind: 'exited', code }, []])
})

test.each([
  ['aborts', 'SIGABRT'],
  ['killed', 'SIGTERM'],
])('a child that is %s: %s', async (way, signal) => {
  const { status, printed } = await endOf(way)
  expect([status, printed]).toMatchObject([{ kind: 'signaled', signal }, []])
})

test('listeners of the child itself run', async () => {
  const { status, printed } = await endOf('listeners')
  expect(status).toEqual({ kind: 'exited', code: 7 })
  expect(printed).toEqual(['child beforeExit 7', 'child exit 7'])
})

test('an exception that the child catches is none', async () => {
  const { status, printed, stderr } = await endOf('caught')
  expect(status).toEqual({ kind: 'exited', code: 0 })
  expect([printed, stderr]).toEqual([['child caught of the child'], ''])
})

test('output that the child waited for arrives whole', async () => {
  const { status, printed } = await endOf('muchOutput')
  expect(status).toEqual({ kind: 'exited', code: 7 })
  expect(printed.map(line => line.length)).toEqual([1_000_000, 3])
})
