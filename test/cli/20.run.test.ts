import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { fixtureFile, runCommand, startCommand, startProgram } from '../support/server.ts'

const script = (ending: string) => fixtureFile(`run/script.${ending}`)

async function run(file: string, ...args: (string | number)[]) {
  const { code, out, err, pid } = await runCommand(['run', file, ...args])
  expect(err).toEqual([])
  return { code, pid, ...JSON.parse(out.join('\n')), started: pid }
}
const exited = { kind: 'exited', code: 5 }

test('an ES module: same pid, its own arguments, and fork works', async () => {
  const { started, ...said } = await run(script('mjs'))
  expect(said).toMatchObject({
    code: 0,
    pid: started,
    status: exited,
    argv: [process.execPath, script('mjs')],
  })
})

test('no thread beyond those of node itself with these options', async () => {
  const { threads, execArgv } = await run(script('mjs'))
  expect(execArgv).toEqual(expect.arrayContaining(['--single-threaded', '--v8-pool-size=1']))
  const plain = startProgram('run/script.mjs', [], { nodeArgs: execArgv })
  await plain.ended()
  expect(threads).toBe(JSON.parse(plain.stdout.all[0]!).threads)
})

test('CommonJS, as the main module', async () => {
  const { started, ...said } = await run(script('cjs'), 'one')
  expect(said).toMatchObject({
    pid: started,
    status: exited,
    isMain: true,
    argv: [process.execPath, script('cjs'), 'one'],
  })
})

test('TypeScript: enum, top-level await, an import of .ts and of the package', async () => {
  const { started, ...said } = await run(script('ts'), 'one')
  expect(said).toMatchObject({
    pid: started,
    status: exited,
    words: ['from', 'another', 'file'],
    later: 'later',
    argv: [process.execPath, script('ts'), 'one'],
    url: pathToFileURL(script('ts')).href,
  })
})

test.each(['mjs', 'ts'])(
  'arguments that look like options belong to the script: %s',
  async ending => {
    const args = ['--port', '3', '-x', '--help', '--', '--version', 'two words', '']
    const { argv } = await run(script(ending), ...args)
    expect(argv.slice(2)).toEqual(args)
  },
)

test('the exit status is that of the script', async () => {
  expect((await run(script('mjs'), 'exit', 9)).code).toBe(9)
})

test('the signal, too', async () => {
  const file = join(temporaryFolder(), 'script.mjs')
  writeFileSync(file, "process.kill(process.pid, 'SIGKILL')\nsetInterval(() => {}, 1000)\n")
  expect(await runCommand(['run', file])).toMatchObject({ code: null, signal: 'SIGKILL' })
})

test('a file named relative to here', async () => {
  const folder = temporaryFolder()
  const { code, out } = await runCommand(['run', relative(folder, script('mjs'))], { cwd: folder })
  expect(code).toBe(0)
  expect(JSON.parse(out[0]!).argv[1]).toBe(script('mjs'))
})

test("standard input is the script's", async () => {
  const file = join(temporaryFolder(), 'script.mjs')
  writeFileSync(file, 'for await (const chunk of process.stdin) process.stdout.write(chunk)\n')
  const program = startCommand(['run', file])
  program.tell('through')
  await program.line(/^through$/)
  program.child.stdin!.end()
  expect(await program.ended()).toEqual({ code: 0, signal: null })
})

test('the options that node was given stay', async () => {
  const file = join(temporaryFolder(), 'script.mjs')
  writeFileSync(file, 'console.log(JSON.stringify(process.execArgv), typeof gc)\n')
  const { out } = await runCommand(['run', file], { nodeArgs: ['--expose-gc'] })
  expect(out[0]).toContain('"--expose-gc"')
  expect(out[0]).toMatch(/ function$/)
})

test('what a TypeScript file throws is shown with the line of its source', async () => {
  const { code, err } = await runCommand(['run', fixtureFile('run/throws.ts')])
  expect(code).toBe(1)
  expect(err.join('\n')).toContain('Error: from the script')
  expect(err.join('\n')).toMatch(/run\/throws\.ts:7:/)
})

test.each(['nowhere.mjs', 'nowhere.ts'])('a file that is not there: 66', async name => {
  const file = join(temporaryFolder(), name)
  const { code, err } = await runCommand(['run', file])
  expect({ code, err }).toEqual({ code: 66, err: [`truefork: ${file}: no such file`] })
})
