// npm run torture: injects one fault after the other into a server that has clients, and looks
// whether it is sound afterwards. docs/operating.md, chapter "Faults", tells what each one does.
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { faults } from './torture/faults.mjs'
import { parseOptions } from './torture/options.mjs'
import { reportLine, reportTable } from './torture/report.mjs'
import { main } from './torture/server.mjs'
import { torture } from './torture/torture.mjs'

const unavailable = 69

// What was started ends with this program.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]))
}
const options = parseOptions(process.argv, faults)
if (options.list) {
  for (const { name, title } of faults) console.log(`${name.padEnd(24)}${title}`)
  process.exit(0)
}
if (!existsSync(main)) {
  console.error('torture: truefork is not built: npm run build')
  process.exit(unavailable)
}
const results = []
for (const fault of options.only) {
  const result = await torture(fault, options)
  results.push(result)
  console.log(reportLine(result))
}
console.log(`\n${reportTable(results)}\n`)
const sum = outcome => results.filter(result => result.outcome === outcome).length
const summary = { sound: sum('sound'), notSound: sum('not sound'), notRun: sum('not run') }
const { clients } = options
console.log(JSON.stringify({ node: process.version, clients, ...summary, results }))
process.exit(summary.notSound > 0 ? 1 : 0)
