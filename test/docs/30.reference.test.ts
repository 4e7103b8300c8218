// docs/reference: nothing is missing in it, its links lead somewhere, its examples are right.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Documented, documentedExports } from '../../scripts/docs/exports.mjs'
import { root } from '../support/docs/blocks.ts'
import { handler, situation, special } from '../support/docs/situations.ts'
import { hasWorld, World } from '../support/docs/world.ts'

const all: Documented[] = documentedExports()
const functions = all.filter(({ kind }) => kind === 'function')
const classes = all.filter(({ kind }) => kind === 'class')

test('there is something to look at', () => {
  expect(functions.length).toBeGreaterThan(80)
  expect(classes.map(({ name }) => name)).toContain('Connection')
})

test.each(functions.map(each => [each.name, each] as const))(
  '%s: description, return value, errors, example and manual page are told',
  (_, { description, returns, isVoid, throws, example, see }) => {
    expect({
      description: description !== '',
      returns: returns !== undefined || isVoid,
      throws: throws !== undefined,
      example: example !== undefined,
      see: see !== undefined,
    }).toEqual({ description: true, returns: true, throws: true, example: true, see: true })
  },
)

test.each(
  all
    .filter(({ kind }) => kind === 'class' || kind === 'type')
    .map(each => [each.name, each] as const),
)('%s is described', (_, { description }) => expect(description).not.toBe(''))

test('every link in the documentation leads to a file', () => {
  const markdown = (readdirSync(join(root, 'docs'), { recursive: true }) as string[])
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name))
  const broken = ['README.md', 'CONTRIBUTING.md', ...markdown].flatMap(document => {
    const text = readFileSync(join(root, document), 'utf8').replace(/^```[\s\S]*?^```$/gm, '')
    return [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target]) => join(dirname(document), target!))
      .filter(target => !existsSync(join(root, target)))
      .map(target => `${document}: ${target}`)
  })
  expect(broken).toEqual([])
})

const ofConnections = ['Connection', 'Hub']
const ofSystem = functions.filter(({ name }) => name !== 'serve')

/** Each example in a process of its own, and what came of it as a line. */
function programOf(documented: readonly Documented[]): string {
  const names = (entry: string, kinds: string[]) =>
    all
      .filter(({ kind, entries }) => kinds.includes(kind) && entries.at(-1) === entry)
      .map(({ name }) => name)
      .join(', ')
  const examples = documented.map(
    ({ name, example }) =>
      `${name}: () => {${situation}{${special[name] ?? ''}\n{\n${example}\n}}}`,
  )
  return `
import { ${names('truefork/posix', ['function', 'constant'])} } from 'truefork/posix'
import { ${names('truefork', ['function'])} } from 'truefork'
import type { ${names('truefork/posix', ['type'])} } from 'truefork/posix'
const examples: Record<string, () => void> = {
${examples.join(',\n')}
}
for (const [name, run] of Object.entries(examples)) {
  const pid = fork()
  if (pid === 0) {
    const self = getpid()
    const status = () => {
      try {
        setpgid(0, 0)
        run()
        return 0
      } catch (error) {
        console.error(name, error)
        return 1
      }
    }
    const ended = status()
    _exit(getpid() === self ? ended : 0)
  }
  const result = waitpid(pid)
  console.log(\`\${name}: \${result && describeStatus(result.status)}\`)
}
`
}

const compilerOptions = {
  strict: true,
  noEmit: true,
  module: 'NodeNext',
  target: 'ES2022',
  types: ['node'],
  skipLibCheck: true,
}

describe.runIf(hasWorld)('the examples', { timeout: 300_000 }, () => {
  let world: World
  beforeAll(() => {
    world = new World()
  })
  afterAll(() => world.remove())

  const run = (command: string, meanwhile: string[] = []) =>
    world.run({ before: [], steps: [{ command }], meanwhile, asRoot: true })

  const ofMembers = classes
    .filter(({ name }) => ofConnections.includes(name))
    .flatMap(({ name, example, members }) => [
      { name, example },
      ...members.map(member => ({ name: `${name}.${member.name}`, example: member.example })),
    ])
    .filter(({ example }) => example !== undefined)
    .map(({ name, example }, index) => ({ name, file: `handler-${index}.ts`, example: example! }))

  test('satisfy the compiler', async () => {
    world.write('examples.ts', programOf(ofSystem))
    world.write('serve.ts', `import { serve } from 'truefork'\n${functionNamed('serve').example}\n`)
    for (const { file, example } of ofMembers) world.write(file, handler(example))
    const files = ['examples.ts', 'serve.ts', ...ofMembers.map(({ file }) => file)]
    world.write('tsconfig.json', JSON.stringify({ compilerOptions, files }))
    const { steps } = await run('node /run/truefork/node_modules/typescript/bin/tsc -p .')
    expect(steps[0]?.output).toBe('')
  })

  test('of functions end in order', async () => {
    // With env in front it is not taken for a server, though some examples listen.
    const { steps } = await run('env truefork run examples.ts')
    const ended = ofSystem.map(({ name }) => `${name}: exited 0`)
    const lines = steps[0]!.output.split('\n').filter(line => /^\w+: /.test(line))
    expect(lines, steps[0]!.output).toEqual(ended)
  })

  test('of serve', async () => {
    const { steps, meanwhile } = await run('truefork run serve.ts', [
      'echo hello | nc -N 127.0.0.1 7777',
    ])
    expect(meanwhile[0]?.output, steps[0]?.output).toBe('hello\n')
  })

  test.each(ofMembers)('$name', async ({ file }) => {
    // The half of them goes on until somebody ends it.
    const clients = ['echo hello | timeout 3 nc 127.0.0.1 7777 >/dev/null; true']
    const { steps, error } = await run(`truefork serve ${file} --hub --grace 0`, clients)
    expect(error).toBe(undefined)
    expect(steps[0]?.output).not.toMatch(/: error |exited [1-9]/)
    expect(steps[0]?.output).toContain('truefork: stopped accepted=1')
  })
})

const functionNamed = (wanted: string) => functions.find(({ name }) => name === wanted)!
