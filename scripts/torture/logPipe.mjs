// A log that goes into a named pipe, with a reader of its own that can be stopped and killed.
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'

const pipes = new Map()

/** @returns {{ file: string, reader: import('node:child_process').ChildProcess }} */
export const pipeOf = folder => pipes.get(folder)

/** Options of a server whose standard error is such a pipe. */
export function logToPipe(folder) {
  const file = join(folder, 'log')
  execFileSync('mkfifo', [file])
  // With both ends, the others can be opened without waiting for each other.
  const both = openSync(file, constants.O_RDWR)
  const input = openSync(file, constants.O_RDONLY)
  const stderr = openSync(file, constants.O_WRONLY)
  const reader = spawn('cat', { stdio: [input, 'pipe', 'ignore'] })
  closeSync(both)
  closeSync(input)
  pipes.set(folder, { file, reader })
  return { stderr, log: reader.stdout }
}
