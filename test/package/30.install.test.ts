// The packed package in an empty folder, on a machine without compilers.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { Outsider } from '../support/outsider.ts'

describe.each([
  { how: 'its install script is not run', options: ['--ignore-scripts'], allowed: false },
  { how: 'its install script is run', options: ['--foreground-scripts'], allowed: true },
])('$how', ({ options, allowed }) => {
  const outsider = new Outsider()
  afterAll(() => outsider.remove())

  test('it installs, and nothing is compiled', () => {
    // Some versions of npm run scripts of those packages alone that are named here.
    if (allowed) {
      const scripts = '"allowScripts": { "truefork": true }'
      outsider.write('package.json', `{ "name": "outsider", "type": "module", ${scripts} }\n`)
    }
    const { status, all } = outsider.install(inject('tarball'), ...options)
    expect(status, all).toBe(0)
    expect(existsSync(join(outsider.folder, 'node_modules/truefork/build'))).toBe(false)
    if (allowed) expect(all).toContain('a prebuilt binary fits')
  })

  test('fork is safe', () => {
    const { status, all } = outsider.run('npx', 'truefork', 'check')
    expect(status, all).toBe(0)
    expect(all).toContain('fork is safe here')
  })

  test('a program of system calls forks: as a module and by require', () => {
    const body = `const pid = fork()
      if (pid === 0) _exit(7)
      console.log(JSON.stringify(waitpid(pid).status))`
    outsider.write('seven.mjs', `import { _exit, fork, waitpid } from 'truefork/posix'\n${body}`)
    outsider.write(
      'seven.cjs',
      `const { _exit, fork, waitpid } = require('truefork/posix')\n${body}`,
    )
    for (const file of ['seven.mjs', 'seven.cjs']) {
      const { status, stdout, all } = outsider.run('npx', 'truefork', 'run', file)
      expect(status, all).toBe(0)
      expect(JSON.parse(stdout)).toEqual({ kind: 'exited', code: 7 })
    }
  })

  test('require gives what import gives', () => {
    outsider.write(
      'both.cjs',
      `import('truefork').then(module => {
        const required = Object.keys(require('truefork')).filter(name => name !== '__esModule')
        console.log(required.sort().join() === Object.keys(module).sort().join())
      })`,
    )
    const { stdout, stderr } = outsider.run('node', 'both.cjs')
    expect({ stdout, stderr }).toEqual({ stdout: 'true\n', stderr: '' })
  })
})

describe('no prebuilt binary, and no compiler', () => {
  const outsider = new Outsider()
  afterAll(() => outsider.remove())

  test('what must be installed is said, at the install and when it is used', () => {
    const { status, all } = outsider.install(inject('tarball'), '--ignore-scripts')
    expect(status, all).toBe(0)
    const remove = `require('fs').rmSync('node_modules/truefork/prebuilds', { recursive: true })`
    outsider.run('node', '-e', remove)

    const used = outsider.run('npx', 'truefork', 'check')
    expect(used.status).not.toBe(0)
    expect(used.stderr).toContain(`no native part for ${process.platform}-${process.arch}`)
    expect(used.stderr).toContain('npm rebuild truefork')

    const script = 'node_modules/truefork/scripts/install.mjs'
    const { status: failed, stderr } = outsider.run('node', script)
    expect(failed).toBe(1)
    expect(stderr).toMatch(/not installed: .*make/)
    expect(stderr).toContain('apt-get install build-essential python3')
  })
})

test('installed for all, the manual page comes along', () => {
  const outsider = new Outsider()
  try {
    const prefix = join(outsider.folder, 'prefix')
    const options = ['--global', '--prefix', prefix, '--ignore-scripts']
    const { status, all } = outsider.install(inject('tarball'), ...options)
    expect(status, all).toBe(0)
    const page = readFileSync(join(prefix, 'share/man/man1/truefork.1'), 'utf8')
    expect(page).toContain('.Dt TRUEFORK 1')
  } finally {
    outsider.remove()
  }
})
