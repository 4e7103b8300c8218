// Which Workers of this process are alive. Node tells only of their start.
import type { Worker } from 'node:worker_threads'

const seen = new Set<Worker>()

process.on('worker', worker => seen.add(worker))

/** The number of Workers that were started since truefork was loaded and have not ended. */
export function liveWorkers(): number {
  for (const worker of seen) if (worker.threadId === -1) seen.delete(worker)
  return seen.size
}
