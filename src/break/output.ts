// What is written twice, and what is written in part.
import { writeSync } from 'node:fs'
import { replace, view } from './calls.ts'
import type { Mistake } from './mistake.ts'

export const stdioTwice: Mistake = {
  wrong:
    'text that waits in a buffer of standard output when the process forks is written by parent and child',
  code: 'printf("a client has come\\n"); if (fork() == 0) { …; exit(0); } /* fflush is missing */',
  see: [
    'start the server with its standard output in a file: >out; for i in 1 2 3; do echo hi | nc -N {host} {port}; done; cat out',
    'client 1 has come three times: every child has written all that waited, and the daemon process will, too, at its end',
  ],
  make() {
    let buffer = ''
    let clients = 0
    const flush = () => {
      writeSync(1, buffer)
      buffer = ''
    }
    replace('accept', call => (fd, from) => {
      const client = call(fd, from)
      if (client >= 0) buffer += `client ${++clients} has come\n`
      return client
    })
    replace('_exit', call => status => {
      if (view.isServer) flush()
      return call(status)
    })
    process.on('exit', flush)
  },
}

const most = 65536

export const shortWrite: Mistake = {
  wrong: 'the server process does not look how much write(2) has written, and takes it for all',
  code: 'write(s, buffer, n);                                     /* no loop */',
  see: [
    'a handler that sends much at once, and nc -N {host} {port} </dev/null | wc -c',
    'fewer bytes than were sent, and no error anywhere',
  ],
  widened: `the system is given ${most} bytes at a time, as a full socket buffer would take them`,
  make() {
    replace('write', call => (fd, data) => {
      if (!view.isServer || !view.accepted.has(fd) || data.length <= most) return call(fd, data)
      const written = call(fd, data.subarray(0, most))
      return written < 0 ? written : data.length
    })
  },
}
