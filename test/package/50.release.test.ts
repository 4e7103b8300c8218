// A release is of what is committed, and of nothing else.
import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pack } from '../../scripts/release/pack.mjs'
import { temporaryFolder } from '../support/folder.ts'

const root = join(import.meta.dirname, '../..')
const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** A repository with what the script looks at before it builds. */
function repository(changelog: string) {
  const folder = temporaryFolder()
  for (const name of ['package.json', 'scripts/release.mjs', 'scripts/release']) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  writeFileSync(join(folder, 'CHANGELOG.md'), changelog)
  const git = (...args: string[]) => {
    const { status, stderr } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' })
    expect(status, stderr).toBe(0)
  }
  git('init', '--quiet')
  git('add', '.')
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.org']
  git(...who, 'commit', '--quiet', '--no-gpg-sign', '--message', 'all')
  const release = (...args: string[]) => {
    const script = join(folder, 'scripts/release.mjs')
    return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', timeout: 60_000 })
  }
  return { folder, git, release }
}

const described = `# Changelog\n\n## ${version}\n`

test('what is not committed is not released', () => {
  const { folder, release } = repository(described)
  writeFileSync(join(folder, 'forgotten.ts'), '')
  const { status, stderr } = release()
  expect(stderr).toMatch(/must be committed, and this is not:\n\?\? forgotten\.ts/)
  expect(status).toBe(1)
})

test('nor what CHANGELOG.md does not tell of', () => {
  const { status, stderr } = repository('# Changelog\n\n## Unreleased\n').release()
  expect(stderr).toContain(`CHANGELOG.md has no section "## ${version}"`)
  expect(status).toBe(1)
})

test('nor what is released already', () => {
  const { git, release } = repository(described)
  git('tag', `v${version}`)
  const { status, stderr } = release()
  expect(stderr).toContain(`v${version} is released already`)
  expect(status).toBe(1)
})

test('without an answer to npm audit nothing is released, unless one says so', () => {
  const { release } = repository(described) // without package-lock.json: npm audit and npm ci fail
  const { status, stderr } = release()
  expect(stderr).toMatch(/npm audit failed; nothing was released\.\n.* --without-audit/)
  expect(status).toBe(1)
  expect(release('--without-audit').stderr).toContain('npm ci failed; nothing was released.')
})

test('an option that it does not have is wrong usage', () => {
  const { status, stderr } = repository(described).release('--without-tests')
  expect(stderr).toContain("truefork: Unknown option '--without-tests'")
  expect(status).toBe(64)
})

test('the checksums are those of the files, and of no others', () => {
  const folder = temporaryFolder()
  pack(root, folder)
  const check = () =>
    spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' })
  const files = [`truefork-${version}.tgz`, `truefork-${version}.cdx.json`]
  expect(check()).toMatchObject({ status: 0, stdout: files.map(file => `${file}: OK\n`).join('') })
  appendFileSync(join(folder, files[0]!), 'more')
  expect(check()).toMatchObject({
    status: 1,
    stdout: expect.stringContaining(`${files[0]}: FAILED`),
  })
})

interface Component {
  name: string
  version: string
  purl: string
  scope: string
  licenses: unknown[]
  hashes: { alg: string; content: string }[]
}

test('the bill of materials is one of CycloneDX: what users install, each with where it comes from', () => {
  const folder = temporaryFolder()
  pack(root, folder)
  const text = readFileSync(join(folder, `truefork-${version}.cdx.json`), 'utf8')
  const { bomFormat, specVersion, serialNumber, metadata, components } = JSON.parse(text)
  expect({ bomFormat, specVersion }).toEqual({ bomFormat: 'CycloneDX', specVersion: '1.5' })
  expect(serialNumber).toMatch(/^urn:uuid:[\da-f-]{36}$/)
  const purl = `pkg:npm/truefork@${version}`
  expect(metadata.component).toMatchObject({ name: 'truefork', version, purl })
  const listed = (components as Component[]).map(({ name, version }) => [name, version])
  expect(Object.fromEntries(listed)).toMatchObject(dependencies)
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  for (const { name, version, purl, licenses, hashes } of components as Component[]) {
    expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`)
    expect(licenses.length).toBeGreaterThan(0)
    const { integrity, dev } = lock.packages[`node_modules/${name}`]
    expect(dev).toBeUndefined() // it is not one of those that only its makers need
    const [{ alg, content }] = hashes as [{ alg: string; content: string }]
    expect(`${alg}-${Buffer.from(content, 'hex').toString('base64')}`).toBe(
      integrity.replace('sha512-', 'SHA-512-'),
    )
  }
})
