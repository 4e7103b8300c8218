// A release is of what is committed, and of nothing else.
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'

const root = join(import.meta.dirname, '../..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** A repository with what the script looks at before it builds. */
function repository(changelog: string) {
  const folder = temporaryFolder()
  for (const name of ['package.json', 'scripts/release.mjs']) {
    cpSync(join(root, name), join(folder, name))
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
  const release = () => {
    const script = join(folder, 'scripts/release.mjs')
    return spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 60_000 })
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
