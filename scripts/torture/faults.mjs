// The faults: a file for each in the folder of that name.
import { readdirSync } from 'node:fs'

/**
 * @typedef {object} Fault
 * @property {string} name that of its file
 * @property {string} title
 * @property {boolean} [mayRefuse] clients may be refused, cleanly; otherwise each has its answer
 * @property {(folder: string, clients: number) => object} [options] of the server: see server.mjs
 * @property {(folder: string) => void} [cleanUp]
 * @property {() => string | undefined} [missing] what this machine lacks for it
 * @property {(torture: import('./torture.mjs').Torture) => Promise<string>} inject returns what was
 * observed of the fault; throws where it was not
 */

const folder = new URL('faults/', import.meta.url)
const files = readdirSync(folder).filter(name => name.endsWith('.mjs'))

/** @type {Fault[]} */
export const faults = await Promise.all(
  files.sort().map(async file => ({
    name: file.slice(0, -'.mjs'.length),
    ...(await import(new URL(file, folder))),
  })),
)
