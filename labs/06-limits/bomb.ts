// A fork bomb with a fuse. It doubles six times: 64 processes, and then it only sits there. Each of
// them ends by itself after a minute. Leave this file as it is.
import { alarm, fork, poll } from 'truefork/posix'

const generations = 6
const seconds = 60

/** Becomes many processes, and returns in none of them. */
export function bomb(): never {
  alarm(seconds)
  for (let generation = 0; generation < generations; generation++) {
    // A child has no alarm of its parent's: SIGALRM ends each of them.
    if (forked() === 'child') alarm(seconds)
  }
  for (;;) poll([], -1)
}

function forked(): 'parent' | 'child' | 'failed' {
  try {
    return fork() === 0 ? 'child' : 'parent'
  } catch {
    return 'failed' // EAGAIN: the limit of processes. A real one would try again.
  }
}
