// Every code block of the README and of docs is run, on a machine of its own; CONTRIBUTING.md tells
// how to write one. What is not run is listed here.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Block, blocksOf, nameOf, root, type Word } from '../support/docs/blocks.ts'
import { missing } from '../support/docs/compare.ts'
import { fileOf, isCode, type Plan, planOf } from '../support/docs/plan.ts'
import { hasWorld, type Result, World } from '../support/docs/world.ts'

const PATIENCE = 400_000

const markdownIn = (folder: string) =>
  !existsSync(join(root, folder))
    ? []
    : readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter(name => name.endsWith('.md'))
        .map(name => join(folder, name))
        .sort()

/** What a document that is not of ours says somewhere, to be looked at as well. */
const invitation = '<!-- its code blocks are run -->'
const invites = (name: string) => readFileSync(join(root, name), 'utf8').includes(invitation)

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  // The reference has examples that stand for a piece of a program: 30.reference.test.ts runs them.
  ...markdownIn('docs').filter(name => !name.startsWith('docs/reference/')),
  ...markdownIn('labs').filter(invites),
]

test.runIf(process.env.CI)('this machine lets blocks be run', () => expect(hasWorld).toBe(true))

/** What did not go as the block says. */
function faults(block: Block, plan: Plan, result: Result): string[] {
  if (result.error) return [result.error]
  const wrong: string[] = []
  const { before, meanwhile, steps } = result
  for (const { command, status, output } of [...before, ...meanwhile]) {
    if (status !== 0) wrong.push(`${command}: ended with ${status}:\n${output}`)
  }
  for (const [index, { shown = [], status: expected = 0 }] of plan.steps.entries()) {
    const { command, output, status } = steps[index]!
    if (status !== expected) wrong.push(`${command}: ended with ${status}:\n${output}`)
    const line = missing(shown, output, 'varying')
    if (line !== undefined) wrong.push(`${command}: does not show: ${line}\nbut:\n${output}`)
  }
  const line = missing(plan.shownBy?.shown ?? [], result.shown, 'numbers')
  if (line !== undefined)
    wrong.push(`${nameOf(block)} shows: ${line}\nbut there is:\n${result.shown}`)
  return wrong
}

const isRun = ({ notes }: Block) => !notes.has('not run')
const withBlocks = documents.filter(document => blocksOf(document).some(isRun))

describe.runIf(hasWorld).each(withBlocks)('%s', document => {
  const blocks = blocksOf(document)
  let world: World
  beforeAll(() => {
    world = new World()
  })
  afterAll(() => world.remove())

  test.each(blocks.filter(isRun).map(block => [nameOf(block), block]))(
    '%s',
    { timeout: PATIENCE },
    async (_, block) => {
      const plan = planOf(block as Block)!
      expect(faults(block as Block, plan, await world.run(plan)).join('\n')).toBe('')
    },
  )

  const code = blocks.filter(block => isCode(block) && isRun(block))
  if (code.length === 0) return
  test('types', { timeout: PATIENCE }, async () => {
    const files = code.map(block => fileOf(block)!)
    for (const { name, text } of files) world.write(name, text)
    const compilerOptions = {
      strict: true,
      noEmit: true,
      allowJs: true,
      checkJs: true,
      allowImportingTsExtensions: true,
      module: 'NodeNext',
      target: 'ES2022',
      lib: ['ES2023'],
      types: ['node'],
      skipLibCheck: true,
    }
    world.write('tsconfig.json', JSON.stringify({ compilerOptions, files: files.map(f => f.name) }))
    const command = 'node /run/truefork/node_modules/typescript/bin/tsc -p .'
    const plan = { before: [], steps: [{ command }], meanwhile: [], asRoot: false }
    const [told] = (await world.run(plan)).steps
    expect(told).toMatchObject({ status: 0, output: '' })
  })
})

test('what is not run is named here', () => {
  const notRun: Record<string, string[]> = {}
  for (const block of documents.flatMap(blocksOf)) {
    const reason = block.notes.get('not run')
    if (reason === undefined) continue
    expect(reason, nameOf(block)).toMatch(/^(needs|shown|installs|takes|is) \w+/)
    notRun[block.document] = [...(notRun[block.document] ?? []), reason]
  }
  expect(notRun).toMatchInlineSnapshot(`
    {
      "CONTRIBUTING.md": [
        "is what .ci/run does, and more",
      ],
      "README.md": [
        "installs all that the repository needs, as .ci/run does",
        "needs FreeBSD, and installs packages of the system",
      ],
      "docs/benchmarks.md": [
        "takes minutes, and a machine that does nothing else",
      ],
      "docs/exec.md": [
        "is a line for inetd(8)",
      ],
      "docs/flowchart.md": [
        "is a picture",
      ],
      "docs/hub.md": [
        "is a picture",
        "shown of a run of npm run stress:chat, which takes a while",
      ],
      "docs/installing.md": [
        "needs the published package; test/package installs the packed one",
        "takes minutes; test/package installs such a file",
        "needs RHEL, Alpine and FreeBSD, and installs packages of the system",
        "takes two minutes; test/package runs it",
        "takes minutes; .ci/run runs it",
      ],
      "docs/operating.md": [
        "needs systemd",
        "needs systemd",
        "needs FreeBSD",
        "needs logrotate and a week",
        "needs FreeBSD",
        "shown of a server that has run for a day",
      ],
      "docs/quality.md": [
        "takes minutes; the tests make a smaller number of calls",
      ],
      "docs/scaling.md": [
        "needs Kubernetes",
      ],
      "docs/teaching.md": [
        "needs the published package; test/package installs the packed one",
        "needs Docker, and the published package",
        "needs Docker",
        "needs Gradescope",
      ],
      "docs/top.md": [
        "shown of a run, by npm run pictures:top",
        "shown of a run, by npm run pictures:top",
      ],
    }
  `)
})

const madeUp = (language: string, text: string, notes: [Word, string][] = []): Block => ({
  document: 'made-up.md',
  line: 1,
  language,
  text,
  notes: new Map(notes),
})

test('a block that nobody knows how to run is no block that passes', () => {
  expect(() => planOf(madeUp('', 'a\n'))).toThrow('made-up.md:1 : nobody knows how to run it')
})

test.runIf(hasWorld).each([
  ['a command that fails', madeUp('sh', 'truefork serve nowhere.ts\n'), 'ended with 66'],
  [
    'output that does not come',
    madeUp('console', '$ truefork serve echo.ts\ntruefork: listening on 127.0.0.1:7778 (pid 1)\n'),
    'does not show: truefork: listening on 127.0.0.1:7778',
  ],
  [
    'a client who is not served so',
    madeUp('sh', 'truefork serve echo.ts\n', [['while', 'echo a | nc -N 127.0.0.1 7777 | grep b']]),
    'grep b: ended with 1',
  ],
  [
    'no server for the client',
    madeUp('sh', 'truefork --version\n', [['while', 'true']]),
    'no server for what is meanwhile',
  ],
  ['a configuration that is wrong', madeUp('toml', 'max-children = "many"\n'), 'ended with 78'],
  ['a program that throws', madeUp('ts', "throw new Error('no')\n"), 'Error: no'],
  [
    'a log line that does not come',
    madeUp('', 'truefork: reaped child=1\n', [['shown by', 'truefork --version']]),
    'made-up.md:1  shows: truefork: reaped child=1',
  ],
])('a block that is wrong is seen: %s', async (_, block, message) => {
  const world = new World()
  try {
    const plan = planOf(block)!
    expect(faults(block, plan, await world.run(plan)).join('\n')).toContain(message)
  } finally {
    world.remove()
  }
})
