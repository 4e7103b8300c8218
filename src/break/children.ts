// Children that nobody collects, that do not end, or that do not serve.
import type { Handler } from '../server/server.ts'
import { acceptForEver, serve } from './acceptForEver.ts'
import {
  binding,
  collectAtTheEnd,
  isCollecting,
  isListening,
  pause,
  replace,
  view,
} from './calls.ts'
import type { Mistake } from './mistake.ts'

/** What waitid answers with WNOHANG where nobody has ended. */
const nobody = 0

export const noReap: Mistake = {
  wrong: 'the daemon process does not collect the children that have ended',
  code: 'signal(SIGCHLD, SIG_DFL);                     /* and no waitpid anywhere */',
  see: [
    'for i in 1 2 3; do echo hi | nc -N {host} {port}; done; ps -o pid,stat,args --ppid {pid}',
    'three zombies: Z, <defunct>. After --max-children of them nobody is served any more',
  ],
  make() {
    collectAtTheEnd()
    replace(
      'waitid',
      call => (type, id, options, child) =>
        isCollecting(options) ? nobody : call(type, id, options, child),
    )
  },
}

export const reapOnce: Mistake = {
  wrong:
    'the daemon process collects one child for each SIGCHLD; but signals of one kind that come together are one signal',
  code: 'void handler(int sig) { wait(NULL); }         /* no loop with WNOHANG */',
  see: [
    'for i in $(seq 40); do echo hi | nc -N {host} {port} & done; wait; ps -o pid,stat,args --ppid {pid}',
    'zombies, which stay: each later SIGCHLD collects only one',
  ],
  widened: 'SIGCHLD is acted on 0.1 s after it came, so that several come together',
  make() {
    collectAtTheEnd()
    let waits = 0
    replace('takeSignals', call => () => {
      if (isListening()) pause(100)
      const signals = call()
      if (signals.includes(binding.signals.SIGCHLD as number)) waits = 1
      return signals
    })
    replace(
      'waitid',
      call => (type, id, options, child) =>
        isCollecting(options) && waits === 0 ? nobody : call(type, id, options, child),
    )
    replace('waitpid', call => (pid, options, status) => {
      const found = call(pid, options, status)
      if (found > 0) waits = 0
      return found
    })
  },
}

export const noExit: Mistake = {
  wrong:
    'the server process does not exit when it has served: it goes back to accept, and forks children of its own',
  code: 'if (fork() == 0) { serve(s); close(s); }      /* _exit(0) is missing */',
  see: [
    'for i in 1 2 3 4 5; do echo hi | nc -N {host} {port}; done; ps -eo pid,ppid,args --forest | grep truefork',
    'five processes that serve nobody and should be gone; whoever is first takes the next client',
  ],
  make(handler) {
    replace('close', call => fd => (view.isServer && view.tops.has(fd) ? 0 : call(fd)))
    replace('_exit', call => status => {
      if (view.isServer && view.tops.size > 0) acceptForEver(handler)
      return call(status)
    })
  },
}

export const serveInParent: Mistake = {
  wrong: 'the daemon process serves, and its children do nothing: one client at a time',
  code: 'if (fork() != 0) serve(s); else _exit(0);     /* != instead of == */',
  see: [
    'nc {host} {port} in two terminals',
    'the second gets no answer before the first has ended, and ps --ppid {pid} shows nobody',
  ],
  make(handler: Handler) {
    let client: number | undefined
    replace('fork', call => (...args) => {
      const pid = call(...args)
      if (pid === 0 && view.isServer) binding._exit(0)
      if (pid > 0) client = view.newest
      return pid
    })
    replace('close', call => fd => {
      if (fd === client && !view.isServer) serve(handler, fd)
      client = undefined
      return call(fd)
    })
  },
}
