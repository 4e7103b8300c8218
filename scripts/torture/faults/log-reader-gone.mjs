import { once } from 'node:events'
import { constants, openSync } from 'node:fs'
import { logToPipe, pipeOf } from '../logPipe.mjs'

export const title = 'whoever reads the log is gone'
export const options = logToPipe

export async function inject({ folder, goOn }) {
  const { file, reader } = pipeOf(folder)
  reader.kill('SIGKILL')
  await once(reader, 'exit')
  const error = openError(file)
  if (error !== 'ENXIO') throw new Error(`the pipe has a reader yet: ${error}`)
  await goOn(50)
  return `${error}: the pipe has no reader; clients are served on`
}

// A pipe that nobody reads cannot be opened for writing without waiting.
function openError(file) {
  try {
    openSync(file, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    return error.code
  }
}
