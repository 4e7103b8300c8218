// The program that tells what it finds when it starts: test/fixtures/exec/facts.c
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './folder.ts'
import type { Talk } from './server.ts'

export interface Facts {
  arguments: string[]
  /** The signals whose disposition is not the default. */
  dispositions: number[]
  blocked: number[]
  pending: number[]
  /** socket, blocking: 1 for yes */
  descriptors: { fd: number; inode: number; socket: number; blocking: number }[]
  /** Soft and hard; -1 stands for unlimited. */
  nofile: number[]
  core: number[]
  stack: number[]
  as: number[]
  pid: number
  parent: number
  group: number
  uid: number
  nice: number
  umask: number
  directory: string
  environment: string[]
}

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/exec/${name}`, import.meta.url))

/** Compiles it; without libraries, so that it also runs in an empty root directory. */
export function factsProgram(folder = temporaryFolder()): string {
  const program = join(folder, 'facts')
  const flags = ['-static', '-Wall', '-Wextra', '-Werror']
  execFileSync('cc', [...flags, '-o', program, fixture('facts.c')])
  return program
}

/** What it tells a client. */
export const factsFrom = async (client: Talk): Promise<Facts> => JSON.parse(await client.rest())

/** The variables of UCSPI in an environment. */
export const ucspi = ({ environment }: Facts): Record<string, string> =>
  Object.fromEntries(
    environment
      .map(variable => variable.split(/=(.*)/s) as [string, string])
      .filter(([name]) => /^(PROTO$|TCP|SSL[LR]|UNIX|IPC)/.test(name)),
  )
