// npm run bench: servers side by side, in interleaved rounds. See docs/benchmarks.md.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measureRounds } from './measure/rounds.mjs'
import { summarize, summarizeHeaps } from './measure/summary.mjs'
import { parseOptions } from './options.mjs'
import { reportText } from './report/text.mjs'
import { truefork } from './servers/nodes.mjs'
import { baseline, chooseServers } from './servers/table.mjs'
import { compile, temporaryFolder } from './support/compile.mjs'
import { CommandError, unavailable } from './support/errors.mjs'
import { Load } from './support/load.mjs'
import { loadAverage, machine, product } from './support/machine.mjs'
import { runProgram } from './support/program.mjs'

await runProgram('bench', async () => {
  const options = parseOptions(process.argv)
  const { nodes, only, extent } = options
  if (!existsSync(truefork)) {
    throw new CommandError(unavailable, 'truefork is not built: npm run build')
  }
  const { installed, missing } = chooseServers(nodes, only)
  if (installed.length === 0) {
    throw new CommandError(
      unavailable,
      `nothing to measure: not installed: ${missing.map(({ name }) => name).join(', ')}`,
    )
  }
  const folder = temporaryFolder()
  compile(folder)

  const begun = new Date()
  const before = loadAverage()
  const withHeap = installed.some(({ name }) => name === 'truefork') ? nodes : []
  const reportOf = ({ results, heaps, loads }) => ({
    format: 1,
    date: begun.toISOString(),
    minutes: (Date.now() - begun.getTime()) / 60_000,
    machine: { ...machine(), loadBefore: before, loadByRound: loads },
    truefork: product(join(import.meta.dirname, '..')),
    nodes,
    extent: { ...extent, done: loads.length },
    servers: installed.map(server =>
      summarize(server, results.get(server.id), results.get(baseline)),
    ),
    heaps: summarizeHeaps(heaps),
    notInstalled: missing.map(({ id, name, needs }) => ({ id, name, needs })),
  })
  // A run that is interrupted has not been for nothing.
  const keep = measured => {
    if (options.json) writeJson(options.json, reportOf(measured))
  }
  const measured = await measureRounds({
    servers: installed,
    nodes: withHeap,
    extent,
    load: new Load(join(folder, 'load')),
    folder,
    tell: line => process.stderr.write(`${line}\n`),
    keep,
  })
  const report = reportOf(measured)
  console.log(reportText(report))
  if (options.svg) {
    const { chart } = await import('./report/chart.mjs')
    writeFileSync(options.svg, chart(report))
  }
  const all = [...report.servers, ...report.heaps]
  return all.every(({ errors }) => errors.length === 0) ? 0 : 1
})

function writeJson(file, report) {
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
}
