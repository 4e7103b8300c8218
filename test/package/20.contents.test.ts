// What the packed file holds: what users need, and nothing of how it is made.
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { fileOf, targets } from '../../scripts/prebuilds/targets.mjs'

const root = join(import.meta.dirname, '../..')

const contents = () =>
  execFileSync('tar', ['-tvzf', inject('tarball')], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(line => /^\S+ +\S+ +(\d+) .* package\/(.*)$/.exec(line)!)
    .map(([, size, name]) => ({ name: name!, size: Number(size) }))

const sum = (files: { size: number }[]) => files.reduce((total, { size }) => total + size, 0)

test('every file that package.json names is there', () => {
  const names = contents().map(({ name }) => name)
  const { bin, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const named = [
    bin.truefork,
    ...Object.values(exports).flatMap(each => Object.values(each as object)),
  ]
  const files = named
    .filter(name => /^\.?\.?\/?dist\//.test(name))
    .map(name => name.replace('./', ''))
  expect(files.length).toBe(5)
  for (const file of [...files, ...targets.map(target => fileOf(target))])
    expect(names).toContain(file)
  for (const file of [
    'README.md',
    'LICENSE',
    'binding.gyp',
    'native/fork.cc',
    'scripts/install.mjs',
  ]) {
    expect(names).toContain(file)
  }
})

test('no sources of TypeScript but examples and starters, no tests, no maps, no tools of ours', () => {
  const allowed =
    /^(dist\/.*\.(js|d\.ts|html)|native\/.*\.(cc|h)|native\/exports\.map|docs\/.*|examples\/.*\.ts|labs\/(README\.md|check\.mjs|\d\d-[\w-]+\/.*)|man\/.*|prebuilds\/[\w-]+\/truefork\.[\w.]*node|scripts\/(install|verify-host)\b.*\.mjs|README\.md|LICENSE|package\.json|binding\.gyp)$/
  expect(contents().filter(({ name }) => !allowed.test(name))).toEqual([])
})

test('its size is what the documentation says', () => {
  const text = readFileSync(join(root, 'docs/installing.md'), 'utf8')
  const told =
    /is ([\d.]+) MB to fetch and ([\d.]+) MB unpacked, of which the six binaries are\s+([\d.]+) MB/.exec(
      text,
    )
  const files = contents()
  const binaries = files.filter(({ name }) => name.startsWith('prebuilds/'))
  const real = [statSync(inject('tarball')).size, sum(files), sum(binaries)].map(size => size / 1e6)
  const off = real.map((size, index) => Math.abs(Number(told?.[index + 1]) / size - 1))
  // It may grow a little before somebody has to correct the text.
  expect(
    off.every(part => part < 0.15),
    `it is ${real} MB`,
  ).toBe(true)
})
