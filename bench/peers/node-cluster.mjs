// node:cluster, one worker for each processor.
//   node node-cluster.mjs PORT rr|shared    the primary accepts and passes sockets on, or each accepts
import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'

const [port, policy] = process.argv.slice(2)

if (cluster.isPrimary) {
  cluster.schedulingPolicy = policy === 'shared' ? cluster.SCHED_NONE : cluster.SCHED_RR
  for (let i = 0; i < availableParallelism(); i++) cluster.fork()
} else {
  process.argv[2] = port
  await import('./node-net.mjs')
}
