// What is made of the output of ps(1) and procstat(1). The lines are written after their sources
// and manuals: nothing here has been run on FreeBSD.
import { expect, test } from 'vitest'
import { descriptorsFrom, identitiesFrom, processesFrom } from '../../src/cli/top/freebsd.ts'

test('ps', () => {
  const lines =
    '  10     1 Is     65  0:01.25 Mon Nov 23 01:02:03 2026\n 11  10 Z 5 1:02:03.00 Mon Nov 23 01:03:03 2026    \n'
  const start = String(Date.parse('Mon Nov 23 01:02:03 2026'))
  expect(processesFrom(lines)).toEqual([
    { pid: 10, ppid: 1, state: 'sleeping', start, ageSeconds: 65, cpuSeconds: 1.25 },
    expect.objectContaining({ pid: 11, ppid: 10, state: 'zombie', cpuSeconds: 3723 }),
  ])
  const names = '  10  80 node: truefork: daemon 1 of 256\n  11  80 <defunct>\n'
  expect([...identitiesFrom(names).values()]).toEqual([
    { uid: 80, command: 'truefork: daemon 1 of 256' },
    { uid: 80, command: '' },
  ])
})

test('procstat -f', () => {
  const lines = `
   10 node                text v r r--------   -       - -   /usr/local/bin/node
   10 node                 cwd v d r--------   -       - -   /
   10 node                   0 v c rw-------  11       0 -   /dev/null
   10 node                   1 p - rw-------   2       0 -   -
   10 node                   2 k - rw-------   2       0 -   -
   10 node                   3 s - rw---n---   2       0 TCP 0 0 127.0.0.1:7777 0.0.0.0:0
   11 node                   3 s - rw---n---   1       0 TCP 127.0.0.1:7777 127.0.0.1:4000
   11 node                   4 s - rw---n---   1       0 TCP 0 0 2001:db8::2.7777 2001:db8::1.4001
   11 node                   5 s - rw---n---   1       0 TCP 10.0.0.1:5000 10.0.0.2:5432
   11 node                   6 s - rw-------   1       0 UDS 0 0 /var/run/top
`
  expect([...descriptorsFrom(lines)]).toEqual([
    [10, [{ kind: 'file' }, { kind: 'pipe' }, { kind: 'other' }, { kind: 'listening' }]],
    [
      11,
      [
        { kind: 'connected', client: '127.0.0.1:4000' },
        { kind: 'connected', client: '[2001:db8::1]:4001' },
        { kind: 'connected' },
        { kind: 'other' },
      ],
    ],
  ])
})
