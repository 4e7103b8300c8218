// Who installs the packed package into an empty folder, and knows nothing of this repository.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** What a machine has on which nobody compiles: Node, npm, a shell, and nothing beside. */
const tools = ['sh', 'env', 'cat', 'ls', 'ps', 'uname']

function find(command: string): string {
  const { stdout } = spawnSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' })
  if (stdout.trim() === '') throw new Error(`${command}: not found`)
  return stdout.trim()
}

export class Outsider {
  readonly folder = mkdtempSync(join(tmpdir(), 'truefork-outsider-'))
  readonly env: NodeJS.ProcessEnv

  constructor() {
    const bin = join(this.folder, 'bin')
    mkdirSync(bin)
    for (const tool of [...tools, 'npm', 'npx']) symlinkSync(find(tool), join(bin, tool))
    symlinkSync(process.execPath, join(bin, 'node'))
    // No variable of the npm that may have started the tests, whose settings would be inherited. Whom
    // the machine trusts is its own.
    const own = Object.entries(process.env).filter(
      ([name]) => name === 'NODE_EXTRA_CA_CERTS' || !/^(npm_|NODE_|INIT_CWD)/i.test(name),
    )
    this.env = { ...Object.fromEntries(own), PATH: bin, NO_UPDATE_NOTIFIER: '1' }
    this.write('package.json', '{ "name": "outsider", "private": true, "type": "module" }\n')
  }

  write(name: string, text: string): string {
    const file = join(this.folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }

  /** A command of the bare PATH, to its end. */
  run(command: string, ...args: string[]) {
    const options = { cwd: this.folder, env: this.env, encoding: 'utf8', timeout: 150_000 } as const
    const { status, stdout, stderr, error } = spawnSync(
      join(this.folder, 'bin', command),
      args,
      options,
    )
    return { status, stdout, stderr, all: `${stdout}${stderr}${error ?? ''}` }
  }

  /** `npm install` of a packed package. */
  install(tarball: string, ...options: string[]) {
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline']
    return this.run('npm', 'install', ...quiet, ...options, tarball)
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The program of the README whose first line is a comment that starts with this file name. */
export function readmeExample(name: string): string {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!)
  const found = blocks.find(code => code.startsWith(`// ${basename(name)}`))
  if (!found) throw new Error(`README.md has no example ${name}`)
  return found
}
