import { constants, openSync, writeSync } from 'node:fs'
import { logToPipe, pipeOf } from '../logPipe.mjs'
import { stat } from '../proc.mjs'
import { until } from '../until.mjs'

export const title = 'whoever reads the log has stopped, and its pipe is full'
export const options = folder => ({ ...logToPipe(folder), args: ['--log-level', 'debug'] })

export async function inject({ server, folder, goOn }) {
  const { file, reader } = pipeOf(folder)
  reader.kill('SIGSTOP')
  await until(() => stat(reader.pid).state === 'T', 'state T of the reader')
  const error = fill(file)
  try {
    await goOn(50)
  } finally {
    reader.kill('SIGCONT')
  }
  await server.status()
  return `${error}: the pipe is full; clients are served on, and there are lines again afterwards`
}

function fill(file) {
  const pipe = openSync(file, constants.O_WRONLY | constants.O_NONBLOCK)
  try {
    for (;;) writeSync(pipe, '\n'.repeat(4096))
  } catch (error) {
    return error.code
  }
}
