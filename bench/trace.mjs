// npm run bench:trace: what --trace and --live cost, and what it costs that there are such options. The same
// server with and without, and one in which nothing asks for a trace, in turn, so that all have the same
// machine; and how much a connection writes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { newCommand, positive, wholeNumber } from './options.mjs'
import { echo, serve, truefork } from './servers/nodes.mjs'
import { compile, temporaryFolder } from './support/compile.mjs'
import { Load } from './support/load.mjs'
import { loadAverage } from './support/machine.mjs'
import { makeNeverTraced } from './support/neverTraced.mjs'
import { runProgram } from './support/program.mjs'
import { startServer } from './support/server.mjs'
import { spread } from './support/statistics.mjs'

const command = newCommand('bench:trace')
  .description('Measures what --trace and --live cost a server.')
  .option('--rounds <number>', 'how often each of them is measured', wholeNumber, 7)
  .option('--seconds <number>', 'length of one load', positive, 2)

await runProgram('bench:trace', async () => {
  const { rounds, seconds } = command.parse().opts()
  const folder = temporaryFolder()
  compile(folder)
  const load = new Load(join(folder, 'load'))
  const file = join(folder, 'trace.jsonl')
  const kinds = [
    {
      name: 'if traces did not exist',
      options: [],
      program: makeNeverTraced(join(folder, 'never')),
    },
    { name: 'without', options: [] },
    { name: 'with --trace', options: ['--trace', file] },
    { name: 'with --live, which nobody looks at', options: ['--live', '0'] },
  ]
  const runs = kinds.map(() => [])
  const before = loadAverage()
  for (let round = 0; round < rounds; round++)
    for (const [index, kind] of kinds.entries())
      runs[index].push(await measure(load, kind, seconds))

  for (const [index, { name }] of kinds.entries()) {
    const one = spread(runs[index].map(run => run.alone.whole.p50))
    const many = spread(runs[index].map(run => run.crowd.perSecond))
    console.log(`${name}: ${Math.round(one.median)} µs a connection, one client at a time; \
${Math.round(many.median)} connections/s (${Math.round(many.min)} to ${Math.round(many.max)}), eight`)
  }
  const text = readFileSync(file, 'utf8')
  const forks = text.split('"call":"fork","args":[],"result":0').length - 1
  const lines = text.split('\n').length - 1
  console.log(`a connection writes ${(lines / forks).toFixed(1)} lines, \
${Math.round(text.length / forks)} bytes`)
  console.log(`node ${process.version}, load average ${before} before, ${loadAverage()} after`)
  return 0
})

async function measure(load, { options, program = truefork }, seconds) {
  const command = serve(process.execPath, echo, 'fork', options)
  const server = await startServer(port => {
    const argv = command({ port }).map(String)
    return { argv: argv.map(word => (word === truefork ? program : word)) }
  })
  try {
    await load.run(server.port, { clients: 1, seconds: seconds / 5 })
    const alone = await load.run(server.port, { clients: 1, seconds })
    const crowd = await load.run(server.port, { clients: 8, seconds })
    return { alone, crowd }
  } finally {
    await server.stop()
  }
}
