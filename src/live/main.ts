// The process of the live page. The daemon process has started it, with the sockets already open: it
// follows the trace, serves the page, and ends with the daemon process.
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { setproctitle } from '../posix/processes.ts'
import type { LivePlan } from '../server/live/livePlan.ts'
import { takePrivileges } from '../server/privileges.ts'
import { liveTitle } from '../server/title.ts'
import { Follower } from './follower.ts'
import { LivePage } from './livePage.ts'

const { page, trace, link, user } = JSON.parse(process.argv[2] as string) as LivePlan

setproctitle(liveTitle)
// Where all processes of a service, or of a terminal, are told to stop, the last ones are to be seen.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})

// This end stays open until the process has ended: the daemon process waits for that.
const daemon = new Socket({ fd: link, allowHalfOpen: true })
try {
  const live = new LivePage(new Follower(trace))
  await live.listen(page)
  takePrivileges({ root: undefined, ...user })
  daemon.write('ready\n')
  daemon.on('error', () => {})
  await new Promise(resolve => daemon.resume().on('end', resolve).on('close', resolve))
  await live.end()
  process.exit()
} catch (error) {
  writeSync(link, (error as Error).message)
  process.exit(1)
}
