// The load generator and the servers in C are compiled on the spot.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, unavailable } from './errors.mjs'

const bench = join(import.meta.dirname, '..')
const flags = ['-std=gnu11', '-O2', '-pthread']
const sources = folder =>
  readdirSync(join(bench, folder))
    .filter(name => name.endsWith('.c'))
    .map(name => join(bench, folder, name))

/** A folder that is gone when this process ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'truefork-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/**
 * Compiles the load generator and the peers in C.
 * @param {string} folder where the programs go: load, fork, prefork, iterative
 */
export function compile(folder) {
  if (spawnSync('cc', ['--version']).error) {
    throw new CommandError(
      unavailable,
      'there is no C compiler (cc), which the load generator needs: bench/install-peers.sh',
    )
  }
  cc(join(folder, 'load'), [join(bench, 'load.c'), ...sources('load'), '-lm'])
  for (const name of ['fork', 'prefork', 'iterative']) {
    cc(join(folder, name), [join(bench, 'peers', `${name}.c`)])
  }
}

const cc = (output, files) =>
  execFileSync('cc', [...flags, '-o', output, ...files], { stdio: ['ignore', 'ignore', 'inherit'] })
