// Packs what is to be published, once for all tests of the package, as `npm publish` would.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { fileOf, targets } from '../../scripts/prebuilds/targets.mjs'

declare module 'vitest' {
  export interface ProvidedContext {
    tarball: string
  }
}

const root = join(import.meta.dirname, '../..')

export default function setup(project: TestProject) {
  const missing = targets
    .map(target => fileOf(target))
    .filter(file => !existsSync(join(root, file)))
  if (missing.length > 0) {
    throw new Error(`not there: ${missing.join(', ')}; they are made by npm run build:prebuilds`)
  }
  const folder = mkdtempSync(join(tmpdir(), 'truefork-package-'))
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
  const name = execFileSync('npm', args, { cwd: root, encoding: 'utf8' }).trim()
  project.provide('tarball', join(folder, name))
  return () => rmSync(folder, { recursive: true })
}
