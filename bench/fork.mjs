// npm run bench:fork: what fork() costs, and what truefork adds to it. See docs/benchmarks.md.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measureForks, measureKind } from './fork/measure.mjs'
import { parseForkOptions } from './fork/options.mjs'
import { forkReport } from './fork/report.mjs'
import { truefork } from './servers/nodes.mjs'
import { compile, temporaryFolder } from './support/compile.mjs'
import { CommandError, unavailable } from './support/errors.mjs'
import { Load } from './support/load.mjs'
import { loadAverage, machine, product } from './support/machine.mjs'
import { runProgram } from './support/program.mjs'
import { medianInterval, spread } from './support/statistics.mjs'

/** Servers whose clients are compared: the same service, written in three ways. */
const kinds = ['sync', 'asyncBlocking', 'async']

await runProgram('bench:fork', async () => {
  const options = parseForkOptions(process.argv)
  const { nodes, forks, heaps, rounds, seconds } = options
  if (!existsSync(truefork)) {
    throw new CommandError(unavailable, 'truefork is not built: npm run build')
  }
  const folder = temporaryFolder()
  compile(folder)
  const load = new Load(join(folder, 'load'))
  const tell = line => process.stderr.write(`${line}\n`)
  const begun = new Date()
  const loadBefore = loadAverage()

  const forked = []
  const clients = []
  for (const node of nodes) {
    for (const megabytes of heaps) {
      tell(`node ${node.version}  ${forks} forks with ${megabytes} MB of heap`)
      const figures = await measureForks(node.path, { forks, megabytes })
      forked.push({ node: node.version, ...figures })
    }
    const runs = []
    for (let round = 1; round <= rounds; round++) {
      for (const kind of kinds) {
        tell(`node ${node.version}  round ${round}/${rounds}  ${kind} handler`)
        runs.push({ round, kind, ...(await measureKind(load, node.path, { kind, seconds })) })
      }
    }
    clients.push({ node: node.version, ...summarizeKinds(runs) })
  }
  const report = {
    format: 1,
    date: begun.toISOString(),
    machine: { ...machine(), loadBefore, loadAfter: loadAverage() },
    truefork: product(join(import.meta.dirname, '..')),
    nodes,
    forks: forked,
    clients,
  }
  console.log(forkReport(report))
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
  return 0
})

function summarizeKinds(runs) {
  const of = kind => runs.filter(run => run.kind === kind)
  const sync = of('sync')
  return {
    others: spread(runs.map(({ others }) => others)),
    kinds: kinds.map(kind => {
      // Against the synchronous handler of the same round.
      const added = of(kind).map(({ whole }, i) => whole?.p50 - sync[i].whole?.p50)
      return {
        kind,
        wholeUs: spread(of(kind).map(({ whole }) => whole?.p50)),
        answerUs: spread(of(kind).map(({ answer }) => answer?.p50)),
        processorUs: spread(of(kind).map(({ processorUs }) => processorUs)),
        addedUs: { ...spread(added), interval: medianInterval(added) },
        failed: of(kind).map(({ failed }) => failed),
      }
    }),
  }
}
