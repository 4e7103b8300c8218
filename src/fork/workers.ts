// Workers and forks: a parent that has one must not fork, and from Node 25 on a child that starts
// one may hang when it ends: V8 hands tasks to a thread of the parent's, and waits for them.
import { createRequire, syncBuiltinESMExports } from 'node:module'
import type { Worker, WorkerOptions } from 'node:worker_threads'
import { isForked } from './lineage.ts'

// Node tells only of their start.
const seen = new Set<Worker>()

process.on('worker', worker => seen.add(worker))

/** The number of Workers that were started since truefork was loaded and have not ended. */
export function liveWorkers(): number {
  for (const worker of seen) if (worker.threadId === -1) seen.delete(worker)
  return seen.size
}

/** V8 has work for its thread even if there is but one, and Node waits for it. */
const drainsForEver = Number(process.versions.node.split('.')[0]) >= 25

/** In the parent, once. */
export function prepareWorkers(): void {
  if (!drainsForEver) return
  const require = createRequire(import.meta.url)
  const threads = require('node:worker_threads') as typeof import('node:worker_threads')
  threads.Worker = class Worker extends threads.Worker {
    constructor(file: string | URL, options?: WorkerOptions) {
      if (isForked()) throw new Error(noWorkers)
      super(file, options)
    }
  }
  syncBuiltinESMExports()
}

const noWorkers =
  'a Worker cannot be used in a forked process with this version of Node, where it may hang: ' +
  'fork another process instead, or use Node 24 or older'
