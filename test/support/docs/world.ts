// Runs the plan of a block on a machine of its own, see test/fixtures/docs/sandbox.sh.
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { root } from './blocks.ts'
import type { Plan } from './plan.ts'

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../fixtures/docs/${name}`, import.meta.url))

const namespaces = '--net --mount --pid --fork --mount-proc --kill-child'.split(' ')

/** Root may make such machines, where the system lets it. */
export const hasWorld =
  process.getuid?.() === 0 && spawnSync('unshare', [...namespaces, 'true']).status === 0

interface Told {
  command: string
  output: string
  /** The exit status, or the name of a signal. */
  status: number | string
}

export interface Result {
  before: Told[]
  meanwhile: Told[]
  steps: Told[]
  shownBy?: Told[]
  /** What the commands of `shown by` have printed. */
  shown: string
  error?: string
}

/** The folder in which the blocks of a document are run, one after the other. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'truefork-docs-'))

  constructor() {
    chmodSync(this.folder, 0o755)
    // The examples, with their folder and without.
    mkdirSync(join(this.folder, 'examples'))
    for (const name of readdirSync(join(root, 'examples'))) {
      const from = join(root, 'examples', name)
      for (const to of [name, `examples/${name}`]) copyFileSync(from, join(this.folder, to))
    }
    // As if truefork had been installed here: the links are good in the sandbox.
    const modules = join(this.folder, 'node_modules')
    mkdirSync(modules)
    symlinkSync('/run/truefork', join(modules, 'truefork'))
    symlinkSync('/run/truefork/node_modules/@types', join(modules, '@types'))
    symlinkSync('/usr/lib/nginx/modules', join(this.folder, 'modules'))
    this.write('package.json', '{ "private": true, "type": "module" }\n')
  }

  write(name: string, contents: string): void {
    writeFileSync(join(this.folder, name), contents)
  }

  async run(plan: Plan): Promise<Result> {
    if (plan.file) this.write(plan.file.name, plan.file.text)
    this.write('.plan.json', JSON.stringify(plan))
    const sandbox = [fixture('sandbox.sh'), root, process.execPath, this.folder]
    const inside = ['node', '/run/truefork/test/fixtures/docs/inside.mjs', '.plan.json']
    const env = { ...process.env, NODE_OPTIONS: '', PATH: `/run/bin:${process.env.PATH}` }
    const child = spawn('unshare', [...namespaces, 'sh', ...sandbox, ...inside], { env })
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    try {
      return JSON.parse(out) as Result
    } catch {
      throw new Error(`the sandbox has failed: ${out}${err}`)
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
