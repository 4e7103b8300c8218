// The layers of CONTRIBUTING.md: who imports whom, in all sources, types and lazy imports included.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import ts from 'typescript-6'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** What each layer imports, and nothing else; one that stands here and is not used has to go. */
const allowed: Record<string, string[]> = {
  posix: [],
  fork: ['posix'],
  trace: ['posix'],
  grade: ['posix'],
  timeline: ['posix', 'trace'],
  server: ['fork', 'posix', 'trace'],
  live: ['posix', 'server', 'timeline'],
  break: ['fork', 'posix', 'server'],
  cli: ['break', 'fork', 'grade', 'live', 'posix', 'server', 'timeline', 'trace'],
  'posix.ts': ['fork', 'posix'],
  'index.ts': ['fork', 'posix', 'server'],
}

interface Import {
  from: string
  to: string
}

/** The imports of files by relative paths, as paths from the root. */
function importsOf(folder: string): Import[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  const files = names.filter(name => /\.[cm]?[jt]s$/.test(name)).map(name => join(folder, name))
  return files.flatMap(from => {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(root, from), 'utf8'), true, true)
    return importedFiles
      .filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => ({ from, to: join(dirname(from), fileName) }))
  })
}

/** The folder below src; the file, of one that stands in src itself. */
const layerOf = (path: string): string => path.split(sep)[1] as string

test('each layer imports only what stands left of it', () => {
  const crossing = importsOf('src').filter(({ from, to }) => layerOf(from) !== layerOf(to))
  const wrong = crossing.filter(
    ({ from, to }) => !to.startsWith(`src${sep}`) || !allowed[layerOf(from)]?.includes(layerOf(to)),
  )
  expect(wrong).toEqual([])
  const used = new Set(crossing.map(({ from, to }) => `${layerOf(from)} → ${layerOf(to)}`))
  const listed = Object.entries(allowed).flatMap(([layer, others]) =>
    others.map(other => `${layer} → ${other}`),
  )
  expect([...used].sort()).toEqual(listed.sort())
})

test('what runs in the browser imports nothing of src but src/timeline', () => {
  const imports = importsOf('src/timeline/page')
  expect(imports.length).toBeGreaterThan(0)
  expect(imports.filter(({ to }) => layerOf(to) !== 'timeline')).toEqual([])
})

test('examples and labs know the public entries alone', () => {
  const imports = [...importsOf('examples'), ...importsOf('labs')]
  expect(imports.length).toBeGreaterThan(0)
  const wrong = imports.filter(({ to }) => !['examples', 'labs'].includes(to.split(sep)[0] ?? ''))
  expect(wrong).toEqual([])
})
