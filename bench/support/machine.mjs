// On what the figures were measured.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type, version } from 'node:os'

const firstLine = file =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n')[0].trim() : null

export function machine() {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryMB: Math.round(totalmem() / 2 ** 20),
    kernel: `${type()} ${release()}`,
    kernelVersion: version(),
    hugePages: firstLine('/sys/kernel/mm/transparent_hugepage/enabled'),
    governor: firstLine('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    arch: process.arch,
  }
}

/** @returns {number} processes that ran or wanted to, mean of the last minute */
export const loadAverage = () => Math.round(loadavg()[0] * 100) / 100

/** @returns {string} such as v24.21.0 */
export function nodeVersion(execPath) {
  return execFileSync(execPath, ['--version'], { encoding: 'utf8' }).trim()
}

/** @returns {{ version: string, commit: string | null }} of truefork itself */
export function product(root) {
  const { version: written } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  return { version: written, commit: commitOf(root) }
}

function commitOf(root) {
  try {
    const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
    return execFileSync('git', ['describe', '--always', '--dirty'], options).trim()
  } catch {
    return null // not a checkout
  }
}
