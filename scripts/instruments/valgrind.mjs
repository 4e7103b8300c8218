// valgrind's memcheck: how it is started, and what it has found in the native part. Node and V8 are not
// looked at, of which it tells much that is none.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CannotRun, compile } from './compile.mjs'

/** Not optimised: a frame for each function. And V8's heap is left where it is. */
export const compileForValgrind = (name, sources) =>
  compile(name, ['-O0', '-DTRUEFORK_VALGRIND'], sources)

export function requireValgrind() {
  const { status } = spawnSync('valgrind', ['--version'])
  if (status !== 0) throw new CannotRun('valgrind is not installed: apt-get install valgrind')
}

const suppressions = join(import.meta.dirname, 'valgrind.supp')

/**
 * Children are followed through fork and exec, and each process has its log. In a variable: the words on
 * the command line are overwritten by the title of the process, and read again at each fork.
 */
export const valgrindOptions = reports =>
  [
    ...['--tool=memcheck', '--trace-children=yes', '--error-limit=no', '--leak-check=no'],
    ...['--num-callers=50', `--suppressions=${suppressions}`],
    `--log-file=${join(reports, '%p.log')}`,
  ].join(' ')

/** Of node: valgrind sees no code that V8 makes at run time, unless it looks at all code again and again. */
export const nodeFlags = ['--jitless', '--single-threaded', '--v8-pool-size=1']

/** The errors in whose stack the native part is. A process and its forked children share a log. */
export function errorsIn(reports) {
  const logs = readdirSync(reports).map(name => readFileSync(join(reports, name), 'utf8'))
  return logs
    .flatMap(blocksOf)
    .filter(block => block.includes('truefork.node') || /faulty\.cc/.test(block))
}

/** Each line begins with the process; an empty one ends what it says of one error. */
function blocksOf(log) {
  const byProcess = new Map()
  for (const [, pid, text] of log.matchAll(/^==(\d+)== ?(.*)$/gm)) {
    if (!byProcess.has(pid)) byProcess.set(pid, [])
    byProcess.get(pid).push(text)
  }
  return [...byProcess].flatMap(([pid, lines]) =>
    lines
      .join('\n')
      .split(/\n\s*\n/)
      .filter(block => /^ {3}(at|by) 0x/m.test(block))
      .map(block => `process ${pid}: ${block.trim()}`),
  )
}
