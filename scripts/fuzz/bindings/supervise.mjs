// Starts the worker, again and again, and says what has become of it.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { callOf } from './calls.mjs'
import { differences, signatures } from './signatures.mjs'

/** No other process, no network, no user but one: there is nothing that a call could reach. */
const namespaces = [
  ...['--user', '--map-root-user', '--mount', '--mount-proc'],
  ...['--net', '--ipc', '--uts', '--pid', '--fork', '--kill-child'],
]
const flags = ['--single-threaded', '--v8-pool-size=1']
const worker = join(import.meta.dirname, 'worker.mjs')

/** So many calls a process makes: what it has left behind is not the next one's. */
const batch = 50_000
/** A call ends at once; that none has ended for so long is a hang. */
const patienceMs = 20_000
const mostFaults = 20

export async function fuzzBindings({ seed, from, calls, only, addon: url }, say) {
  const missing = spawnSync('unshare', [...namespaces, 'true'], { encoding: 'utf8' })
  if (missing.status !== 0) {
    say(`no namespaces, without which this would be dangerous: ${missing.stderr ?? missing.error}`)
    return { report: { calls: 0 }, status: 69 }
  }
  const addon = (await import(url)).loadNativePart()
  const faults = []
  const fault = text => {
    faults.push(text)
    say(`fault: ${text}`)
  }
  for (const difference of differences(addon)) fault(difference)
  if (only !== undefined && !Object.hasOwn(signatures, only)) fault(`there is no function ${only}`)

  const counts = {}
  const end = from + calls
  let next = from
  while (next < end && faults.length < mostFaults && !(faults.length > 0 && next === from)) {
    const to = Math.min(end, next + batch)
    const { notes, died, at } = await runWorker({ seed, from: next, to, only, addon: url })
    for (const { index, message } of notes.filter(each => each.message)) {
      fault(`call ${index}: ${callOf(seed, index, addon, only).text}: ${message}`)
    }
    for (const each of notes) add(counts, each.counts ?? {})
    if (died) fault(`call ${at}: ${callOf(seed, at, addon, only).text}: ${died}`)
    next = died ? at + 1 : to
  }
  const report = { node: process.version, seed, from, calls: next - from, faults: faults.length }
  return { report: { ...report, functions: counts }, status: faults.length === 0 ? 0 : 1 }
}

function add(sums, counts) {
  for (const [name, outcomes] of Object.entries(counts)) {
    sums[name] ??= {}
    for (const [outcome, count] of Object.entries(outcomes)) {
      sums[name][outcome] = (sums[name][outcome] ?? 0) + count
    }
  }
}

async function runWorker(options) {
  const folder = mkdtempSync(join(tmpdir(), 'truefork-fuzz-'))
  const [progress, notes] = ['progress', 'notes'].map(name => join(folder, name))
  const scratch = mkdtempSync(join(folder, 'scratch-'))
  for (const file of [progress, notes]) writeFileSync(file, '')
  const argument = JSON.stringify({ ...options, progress, notes })
  const child = spawn('unshare', [...namespaces, process.execPath, ...flags, worker, argument], {
    cwd: scratch,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  const stop = watch(child, progress)
  const [code, signal] = await once(child, 'close')
  const hung = stop()
  const lines = readFileSync(notes, 'utf8').split('\n').filter(Boolean)
  const at = positionIn(progress) ?? options.from
  rmSync(folder, { recursive: true, force: true })
  const how = hung ? 'it hangs' : `the process was ended by ${signal ?? `exit status ${code}`}`
  const died =
    code === 0 ? undefined : [how, ...stderr.trim().split('\n').slice(0, 40)].join('\n  ')
  return { notes: lines.map(line => JSON.parse(line)), died, at }
}

function positionIn(progress) {
  const bytes = readFileSync(progress)
  return bytes.length === 8 ? bytes.readDoubleLE() : undefined
}

/** Kills a worker that makes no progress. */
function watch(child, progress) {
  let [last, since, hung] = [undefined, Date.now(), false]
  const timer = setInterval(() => {
    const position = positionIn(progress)
    if (position !== last) [last, since] = [position, Date.now()]
    else if (Date.now() - since > patienceMs) {
      hung = true
      child.kill('SIGKILL')
    }
  }, 500)
  return () => {
    clearInterval(timer)
    return hung
  }
}
