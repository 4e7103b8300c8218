// Which file a program is, as execvp(3) finds it: by its path, or in the directories of PATH.
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { isSystemError } from '../posix/errors.ts'

/** The code of a ProgramError. */
export const programError = 'ERR_PROGRAM'

/** A program that cannot be executed. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError'
  readonly code = programError

  constructor(program: string, reason: string) {
    super(`cannot execute ${program}: ${reason}`)
  }
}

/** Where execvp(3) looks if there is no PATH. */
const standardPath = '/bin:/usr/bin'

/**
 * The absolute path of a program.
 *
 * @param directory where relative paths start, in PATH too
 * @throws ProgramError: there is none, or this process may not execute it
 */
export function findProgram(name: string, path: string | undefined, directory: string): string {
  if (name === '') throw new ProgramError("''", 'expected the name of a program')
  const isPath = name.includes('/')
  const folders = isPath ? [''] : (path ?? standardPath).split(':')
  let reason = isPath ? 'no such file' : `not found in PATH (${path ?? standardPath})`
  for (const folder of folders) {
    const file = isPath ? resolve(directory, name) : resolve(directory, folder, name)
    const wrong = objection(file)
    if (wrong === undefined) return file
    if (wrong !== missing) reason = isPath ? wrong : `${file}: ${wrong}`
  }
  throw new ProgramError(name, reason)
}

const missing = 'no such file'

function objection(file: string): string | undefined {
  try {
    if (!statSync(file).isFile()) return 'not a file'
    accessSync(file, constants.X_OK)
    return undefined
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return missing
    if (isSystemError(error, 'EACCES')) return 'permission denied: this user may not execute it'
    return (error as Error).message
  }
}

/** What is behind an error of execve(2) for a file that is there, and may be executed. */
export function explainRefusal(file: string, message: string): string {
  if (message.includes('(ENOEXEC)')) {
    return 'neither a binary for this system nor a script that begins with #! and its interpreter'
  }
  if (!message.includes('(ENOENT)')) return message
  const interpreter = interpreterOf(file)
  return interpreter === undefined
    ? 'the loader that the binary asks for is not there'
    : `its interpreter ${JSON.stringify(interpreter)} does not exist`
}

function interpreterOf(file: string): string | undefined {
  try {
    return /^#![ \t]*([^ \t\n]+)/.exec(readFileSync(file, 'latin1'))?.[1]
  } catch {
    return undefined // to be executed and not to be read
  }
}
