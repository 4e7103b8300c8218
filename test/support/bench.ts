// The benchmarks as programs: npm run bench, npm run bench:fork, and the load generator.
import { execFile, execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { FixtureOptions } from './fixture.ts'
import { temporaryFolder } from './folder.ts'
import { startScript } from './server.ts'

const bench = fileURLToPath(new URL('../../bench', import.meta.url))

/** A whole run, also on a machine with other things to do, in ms. */
export const BENCH_DEADLINE = 240_000

/** `npm run bench -- ARGUMENTS`, or that of another script. */
export const startBench = (
  args: readonly (string | number)[],
  { script = 'run.mjs', ...options }: FixtureOptions & { script?: string } = {},
) => startScript(join(bench, script), args, options)

/** Runs it to its end. */
export async function runBench(...given: Parameters<typeof startBench>) {
  const program = startBench(...given)
  const { code } = await program.ended(BENCH_DEADLINE)
  return { code, out: program.stdout.all.join('\n'), err: program.stderr.all.join('\n') }
}

/** The load generator, compiled. */
export function compileLoad(): (...args: (string | number)[]) => Promise<LoadResult> {
  const load = join(temporaryFolder(), 'load')
  const parts = readdirSync(join(bench, 'load')).filter(name => name.endsWith('.c'))
  const sources = ['load.c', ...parts.map(name => `load/${name}`)].map(name => join(bench, name))
  const warnings = ['-Wall', '-Wextra', '-Werror']
  execFileSync('cc', ['-std=gnu11', '-O2', '-pthread', ...warnings, '-o', load, ...sources, '-lm'])
  return async (...args) => {
    const { stdout } = await promisify(execFile)(load, args.map(String))
    return JSON.parse(stdout)
  }
}

export interface LoadResult {
  connections: number
  seconds: number
  perSecond: number
  failed: Record<string, number>
  answer: Record<'p50' | 'p90' | 'p99' | 'max', number> | null
  whole: Record<'p50' | 'p90' | 'p99' | 'max', number> | null
}
