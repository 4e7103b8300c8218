// What a report tells of the host, and how a person reads it.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cpus, machine, release, type, version } from 'node:os'
import { join, relative } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Which file the native part is, as this process has loaded it. */
async function nativePart() {
  try {
    await import('truefork/posix')
  } catch (error) {
    return { file: 'none', why: error.message.split('\n')[0] }
  }
  const loaded = process.report.getReport().sharedObjects.find(file => file.endsWith('.node'))
  if (!loaded) return { file: 'unknown' }
  const sha256 = createHash('sha256').update(readFileSync(loaded)).digest('hex')
  return { file: relative(root, loaded), sha256 }
}

function libc() {
  if (process.platform !== 'linux') return 'of the system'
  const { glibcVersionRuntime } = process.report.getReport().header
  if (glibcVersionRuntime) return `glibc ${glibcVersionRuntime}`
  const musl = existsSync('/lib') && readdirSync('/lib').find(name => name.startsWith('ld-musl-'))
  return musl ? `musl (${musl})` : 'unknown'
}

export async function describeHost() {
  process.report.excludeNetwork = true
  const { version: truefork } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return {
    truefork,
    nativePart: await nativePart(),
    node: process.version,
    v8: process.versions.v8,
    uv: process.versions.uv,
    system: `${type()} ${release()}`,
    kernel: version(),
    machine: `${machine()} (${process.arch})`,
    libc: libc(),
    processors: `${cpus().length} ${cpus()[0]?.model ?? ''}`.trim(),
    root: process.geteuid() === 0,
    date: new Date().toISOString(),
  }
}

export function asText({ checks, nativePart, ...host }) {
  const facts = Object.entries({ ...host, nativePart: Object.values(nativePart).join('  ') })
  const lines = checks.map(({ name, result, detail, seconds }) =>
    [`${result.padEnd(11)}  ${name} (${seconds.toFixed(1)} s)`, ...detail.split('\n')]
      .filter(Boolean)
      .join('\n               '),
  )
  const count = wanted => checks.filter(({ result }) => result === wanted).length
  const sum = ['passed', 'failed', 'not checked'].map(result => `${count(result)} ${result}`)
  return `${[
    ...facts.map(([name, value]) => `${`${name}:`.padEnd(12)} ${value}`),
    '',
    ...lines,
    '',
    sum.join(', '),
  ].join('\n')}\n`
}
