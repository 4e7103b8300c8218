// What must hold on a host, in the order of the report.
import { join } from 'node:path'
import * as daemon from './daemon.mjs'
import { expect, Started } from './server.mjs'
import * as serving from './serving.mjs'

async function command(...args) {
  const started = new Started(args)
  return { status: await started.ended(), stdout: started.stdout, stderr: started.stderr }
}

async function forksRepeatedly() {
  const [count, script] = ['50', join(import.meta.dirname, 'fork.mjs')]
  const { status, stdout, stderr } = await command('run', script, count)
  expect(status === 0 && stdout === `${count} of ${count}\n`, `${status}: ${stdout}${stderr}`)
  return `${count} forks, parent and child collecting garbage`
}

async function check() {
  const { status, stdout, stderr } = await command('check')
  expect(status === 0, `${stdout}${stderr}`)
  return stdout.trim()
}

export const checks = [
  { name: 'fork is safe here (truefork check)', run: check },
  { name: 'fork and waitpid, fifty times', run: forksRepeatedly },
  { name: 'twenty clients, twenty processes, no zombie; SIGTERM ends it', run: serving.concurrent },
  { name: 'the model prefork', run: serving.prefork },
  { name: 'a crash is logged by its signal, and nobody else notices', run: serving.crash },
  { name: 'SIGTERM lets a client finish', run: serving.drain },
  { name: 'brothers have other random numbers', run: serving.random },
  { name: 'limits and refusals', run: serving.limits },
  { name: 'truefork exec: any program', run: serving.programs },
  { name: 'IPv6', run: serving.otherFamily },
  { name: 'UNIX sockets', run: serving.unixSocket },
  { name: 'SIGHUP rereads the configuration, all or nothing', run: daemon.reload },
  { name: 'SIGUSR1 writes a status line', run: daemon.status },
  { name: 'SIGUSR2 upgrades without losing a client', run: daemon.upgrade },
  { name: '--daemon, --pid-file, --log-file', run: daemon.background },
  { name: 'server processes end with a killed daemon process', run: daemon.daemonDeath },
  { name: 'the process title', run: daemon.title },
  { name: 'privileges are given up', run: daemon.privileges },
]
