// AddressSanitizer and UndefinedBehaviorSanitizer: the native part compiled with them, and the environment
// in which node takes it.
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { CannotRun, compile, compiler, run } from './compile.mjs'

const options = [
  ...['-O1', '-fno-omit-frame-pointer', '-fno-sanitize-recover=all'],
  ...['-fsanitize=address,undefined,float-cast-overflow,float-divide-by-zero'],
  // The classes of node-addon-api come without run-time types.
  '-fno-sanitize=vptr',
  // With a run-time library of its own, which takes the options: that of the other would take them.
  ...['-static-libubsan', '-Wl,-Bsymbolic'],
]

export const compileSanitized = (name, sources) => compile(name, options, sources)

/** Node is not compiled with it, so that the run-time library has to be there before all others. */
function runtime() {
  const file = run(compiler, ['-print-file-name=libasan.so'])
  if (!file.includes('/')) throw new CannotRun(`${compiler} has no AddressSanitizer (libasan)`)
  return realpathSync(file)
}

/**
 * @param {string} folder where the compiled part is
 * @param {string} reports where each process that something is found in leaves a file
 */
export function sanitizedEnvironment(folder, reports) {
  // Frames of what has allocated: each more costs all of Node's allocations time.
  const frames = 'malloc_context_size=4'
  const both = `log_path=${join(reports, 'report')}:halt_on_error=1:abort_on_error=1`
  return {
    ...process.env,
    TRUEFORK_PREBUILD: folder,
    LD_PRELOAD: runtime(),
    // Node frees nothing at its end. V8 has handlers of its own for the signals of faults, and tests
    // send such signals. Each process that is forked starts without a stack of its own for them.
    ASAN_OPTIONS: `${both}:${frames}:detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_abort=0:use_sigaltstack=0`,
    UBSAN_OPTIONS: `${both}:print_stacktrace=1`,
  }
}

/** What was found: the text of each report. */
export const reportsIn = folder =>
  readdirSync(folder).map(name => readFileSync(join(folder, name), 'utf8'))
