// Proves on a host, in a minute or two, that truefork works there, and writes a report to send back.
//
//   node scripts/verify-host.mjs [--output FOLDER] [--deadline SECONDS]
//
// In a checkout: npm run verify:host. As a dependency: node node_modules/truefork/scripts/verify-host.mjs.
// It needs Node and ps(1) alone, listens on loopback addresses only, and ends all that it has started.
// Exit status: 0 if nothing failed, 1 if something did.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checks } from './verify-host/checks.mjs'
import { asText, describeHost } from './verify-host/report.mjs'
import { NotChecked, setDeadline, stopAll } from './verify-host/server.mjs'

const { values } = parseArgs({
  options: {
    output: { type: 'string', default: '.' },
    deadline: { type: 'string', default: '20' },
  },
})
if (!(Number(values.deadline) > 0)) {
  console.error(`truefork: --deadline: seconds, as 60; not ${values.deadline}`)
  process.exit(64)
}
setDeadline(Number(values.deadline) * 1000)

async function runCheck({ name, run }, folder) {
  const start = Date.now()
  const result = { name, result: 'passed', detail: '' }
  try {
    result.detail = (await run(folder)) ?? ''
  } catch (error) {
    result.result = error instanceof NotChecked ? 'not checked' : 'failed'
    result.detail = error.message
  } finally {
    await stopAll()
  }
  result.seconds = (Date.now() - start) / 1000
  return result
}

const folder = mkdtempSync(join(tmpdir(), 'truefork-host-'))
const report = { ...(await describeHost()), checks: [] }
for (const check of checks) {
  const result = await runCheck(check, folder)
  report.checks.push(result)
  console.error(`${result.result.padEnd(11)}  ${result.name}`)
}
rmSync(folder, { recursive: true, force: true })

const base = join(resolve(values.output), 'truefork-host-report')
writeFileSync(`${base}.json`, `${JSON.stringify(report, null, 2)}\n`)
writeFileSync(`${base}.txt`, asText(report))
console.log(`\n${asText(report)}\nTo send back: ${base}.txt and ${base}.json`)
process.exitCode = report.checks.some(({ result }) => result === 'failed') ? 1 : 0
