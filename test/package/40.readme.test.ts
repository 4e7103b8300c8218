// The examples of the README, as somebody runs them who has just installed the package.
import { spawnSync } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Outsider, readmeExample } from '../support/outsider.ts'
import { startForeign } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const outsider = new Outsider()
const examples = ['hello.ts', 'seven.ts', 'server.ts', 'web.ts']

beforeAll(() => {
  const { status, all } = outsider.install(inject('tarball'), '--ignore-scripts')
  expect(status, all).toBe(0)
  for (const name of examples) outsider.write(name, readmeExample(name))
})
afterAll(() => outsider.remove())

const start = (...args: string[]) => {
  const command = [join(outsider.folder, 'node_modules/.bin/truefork'), ...args]
  return startForeign(command, { cwd: outsider.folder, env: outsider.env })
}

const deadline = 60_000 // TypeScript is compiled first

test('hello.ts', async () => {
  const server = await start('serve', 'hello.ts', '--port', '0').listening(deadline)
  const client = await server.client()
  const answer = await client.ask('Ada')
  expect(answer).toMatch(/^What is your name\? Hello Ada, you are served by process \d+\.$/)
  server.signal('SIGTERM')
  expect(await server.ended()).toEqual({ code: 0, signal: null })
})

test('seven.ts', async () => {
  const program = start('run', 'seven.ts')
  await program.line(/status: \{ kind: 'exited', code: 7 \}/, { deadline })
  expect(await program.ended()).toEqual({ code: 0, signal: null })
})

test('web.ts', async () => {
  const server = await start('serve', 'web.ts', '--port', '0').listening(deadline)
  const page = await (await fetch(`http://127.0.0.1:${server.port}/`)).text()
  expect(page).toMatch(/^process \d+\n$/)
  expect(page).not.toBe(`process ${server.daemon}\n`)
})

// Port 7777 may be taken here.
test('server.ts, on another port', async () => {
  outsider.write('server.ts', readmeExample('server.ts').replace('port: 7777', 'port: 0'))
  const server = await start('run', 'server.ts').listening(deadline)
  expect(await (await server.client()).ask('echo')).toBe('echo')
})

test('truefork exec -- cat', async () => {
  const server = await start('exec', '--port', '0', '--', 'cat').listening(deadline)
  expect(await (await server.client()).ask('echo')).toBe('echo')
})

describe('TypeScript, strict, with the types of the package checked, too', () => {
  // The outsider's own compiler and types of Node; they are not truefork's.
  beforeAll(() =>
    symlinkSync(join(root, 'node_modules/@types'), join(outsider.folder, 'node_modules/@types')),
  )

  const compile = (files: string[], options: object) => {
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'ES2022',
      types: ['node'],
      ...options,
    }
    outsider.write('tsconfig.json', JSON.stringify({ compilerOptions, files }))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', outsider.folder], {
      encoding: 'utf8',
    })
    return { status, stdout }
  }

  test.each([{ module: 'NodeNext' }, { module: 'ESNext', moduleResolution: 'Bundler' }])(
    'the examples: %o',
    options => {
      expect(compile(examples, options)).toEqual({ status: 0, stdout: '' })
    },
  )

  test('a CommonJS module', () => {
    const code = `import { fork, waitpid } from 'truefork/posix'
      import type { Connection } from 'truefork'
      const pid: number = fork()
      export const handler = (connection: Connection): void => connection.write(String(pid))
      export { waitpid }`
    outsider.write('common.cts', code)
    expect(compile(['common.cts'], { module: 'NodeNext' })).toEqual({ status: 0, stdout: '' })
  })

  test('what is wrong is an error', () => {
    outsider.write('wrong.ts', `import { close } from 'truefork/posix'\nclose('3')\n`)
    expect(compile(['wrong.ts'], { module: 'NodeNext' }).stdout).toMatch(/wrong\.ts\(2,7\): error/)
  })
})

test('the package tells its version to tools', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(outsider.run('npx', 'truefork', '--version').stdout).toBe(`${version}\n`)
})
