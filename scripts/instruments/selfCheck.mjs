// Are the instruments on? Mistakes made on purpose are found, and where there is none, nothing is.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CannotRun, root } from './compile.mjs'

export const faulty = [join(root, 'test/fixtures/native/faulty.cc')]

const script = "require(process.argv[1] + '/build/Release/truefork.node')[process.argv[2]]()"

/**
 * @param {string} folder where faulty.cc was compiled to
 * @param {(reports: string) => { command: string[], env: object }} instrument
 * @param {(reports: string) => string[]} read what the instrument has found
 * @param {Record<string, RegExp>} expected by function of faulty.cc
 */
export function checkInstrument(folder, instrument, read, expected) {
  for (const [name, pattern] of Object.entries({ ...expected, nothing: undefined })) {
    const reports = mkdtempSync(join(tmpdir(), 'truefork-check-'))
    const { command, env } = instrument(reports)
    const [file, ...args] = [...command, process.execPath, '-e', script, folder, name]
    const { status, signal, stderr } = spawnSync(file, args, { env, encoding: 'utf8' })
    const found = read(reports)
    rmSync(reports, { recursive: true })
    const right = pattern ? found.length === 1 && pattern.test(found[0]) : found.length === 0
    if (right && (pattern || status === 0)) continue
    throw new CannotRun(
      `the instrument is not on: ${name}: ${signal ?? status}, found ${JSON.stringify(found)}\n${stderr}`,
    )
  }
}
