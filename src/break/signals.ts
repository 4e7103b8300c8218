// Signals that end what they should not, and one that comes between a check and a wait.
import { writeSync } from 'node:fs'
import { EINTR } from '../posix/constants.ts'
import { deliverSignals } from '../posix/signals.ts'
import { binding, isListening, pause, replace } from './calls.ts'
import type { Mistake } from './mistake.ts'

export const noEintr: Mistake = {
  wrong: 'the daemon process takes a wait that a signal has interrupted for an error, and ends',
  code: 'if (accept(top, …) < 0) { perror("accept"); exit(71); }  /* EINTR is no error */',
  see: [
    'echo hi | nc -N {host} {port}',
    'the first child that ends brings a SIGCHLD, and with it the end of the server',
  ],
  make() {
    replace('poll', call => (table, timeout, mask) => {
      const result = call(table, timeout, mask)
      if (result !== -EINTR || !isListening()) return result
      deliverSignals()
      writeSync(2, 'truefork: accept: Interrupted system call (EINTR)\n')
      return process.exit(71)
    })
  },
}

export const sigpipe: Mistake = {
  wrong: 'SIGPIPE has its default disposition, which is to end the process',
  code: '/* signal(SIGPIPE, SIG_IGN) is missing */',
  see: [
    'a handler that writes several times, a second after its client has spoken; echo hi | timeout 0.5 nc {host} {port}',
    'the line "reaped … signal=SIGPIPE": the process was killed, and could neither log nor tidy up. With SIGPIPE ignored, write(2) returns EPIPE',
  ],
  make() {
    replace('fork', call => (...args) => {
      const pid = call(...args)
      if (pid === 0) binding.setDisposition(binding.signals.SIGPIPE as number, 'default', 0, [])
      return pid
    })
  },
}

export const raceSignal: Mistake = {
  wrong:
    'the daemon process looks whether a signal has come, and then waits: one that comes in between is not acted on',
  code: 'if (!child_ended) accept(top, …);                        /* no sigsuspend, ppoll or pipe */',
  see: [
    'echo hi | nc -N {host} {port}; sleep 1; ps -o pid,stat,args --ppid {pid}',
    'a zombie, which stays until the next client or signal comes. kill -HUP in the same moment is lost in the same way',
  ],
  widened: 'there is 0.2 s between the check and the wait',
  make() {
    replace('poll', call => (table, timeout, mask) => {
      if (!isListening()) return call(table, timeout, mask)
      pause(200)
      const missed = binding.takeSignals()
      const result = call(table, timeout, mask)
      if (missed.length > 0) binding.putBack(missed)
      return result
    })
  },
}
