// Descriptors that stay open in the wrong process, and an address that stays taken.
import { SO_REUSEADDR, SOL_SOCKET } from '../posix/constants.ts'
import { replace, view } from './calls.ts'
import type { Mistake } from './mistake.ts'

export const leakAccepted: Mistake = {
  wrong: 'the daemon process does not close its copy of the accepted socket',
  code: 'if (fork() == 0) { close(top); serve(s); _exit(0); }     /* close(s) is missing */',
  see: [
    'echo hi | nc -N {host} {port}; ls -l /proc/{pid}/fd',
    'nc does not come back: the server process has ended, but the connection is open for as long as anybody holds it. One socket more for each client, until there are no descriptors left',
  ],
  make() {
    replace('close', call => fd => (!view.isServer && view.accepted.has(fd) ? 0 : call(fd)))
  },
}

export const keepTop: Mistake = {
  wrong: 'the server process does not close its copy of the top socket',
  code: 'if (fork() == 0) { serve(s); _exit(0); }                 /* close(top) is missing */',
  see: [
    'nc {host} {port}, and while it is connected: kill -KILL {pid}, and start the server again',
    'bind: Address already in use. The server process still listens, and will never accept',
  ],
  make() {
    replace('close', call => fd => (view.isServer && view.tops.has(fd) ? 0 : call(fd)))
  },
}

export const noReuseaddr: Mistake = {
  wrong: 'the top socket is bound without SO_REUSEADDR',
  code: 'bind(top, …);                                            /* setsockopt is missing */',
  see: [
    'nc {host} {port}, stop the server with two SIGTERMs while it is connected, and start it again on the same port',
    'bind: Address already in use, for a minute: TIME_WAIT, on the side that closed first',
  ],
  make() {
    replace(
      'setsockopt',
      call => (fd, level, option, value) =>
        level === SOL_SOCKET && option === SO_REUSEADDR ? 0 : call(fd, level, option, value),
    )
  },
}
