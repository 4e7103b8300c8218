// What `truefork top` makes of a snapshot: no process is looked at.
import { describe, expect, test } from 'vitest'
import { inOrder, type Row } from '../../src/cli/top/order.ts'
import { painted, picture } from '../../src/cli/top/picture.ts'
import { roleOf } from '../../src/cli/top/roles.ts'
import { familyOf, keyOf, type ServerProcess, takeSnapshot } from '../../src/cli/top/snapshot.ts'
import { table } from '../../src/cli/top/table.ts'
import { inAscii, inCells, printable, width } from '../../src/cli/top/text.ts'
import { duration, processorTime, size } from '../../src/cli/top/values.ts'
import { firstView, type KeyPress, press, settle, type View } from '../../src/cli/top/view.ts'

const counts = { listening: 0, connected: 1, files: 3, pipes: 2, others: 0 }

const a = (pid: number, ppid: number, more: Partial<ServerProcess> = {}): ServerProcess => ({
  pid,
  ppid,
  uid: 0,
  role: ppid === 1 ? 'parent' : 'child',
  state: 'sleeping',
  ended: null,
  clients: [],
  ageSeconds: 5,
  cpuSeconds: 0.25,
  privateBytes: 1024 * 700,
  descriptors: counts,
  command: 'server',
  start: String(pid),
  ...more,
})

const zombie = { state: 'zombie', ended: 'exited 7', privateBytes: 0 } as const
const family = [
  a(10, 1, { descriptors: { ...counts, listening: 1, connected: 0 } }),
  a(11, 10, { clients: ['127.0.0.1:4000'], cpuSeconds: 3 }),
  a(12, 11, { privateBytes: null, descriptors: null, clients: null }),
  a(13, 10, zombie),
]
const rows = inOrder(family, 'tree', false)
const at = { columns: 100, rows: 10 }
const snapshot = { time: new Date(2026, 10, 23, 1, 2, 3), processes: family }
const view = settle(firstView('tree', false), rows, 7)

const pids = (rows: Row[]) => rows.map(({ process }) => process.pid)

test('a table: the tree, values, and ? for what cannot be read', () => {
  expect(table(rows, 100)).toEqual([
    '    PID PROCESS     STATE       AGE    CPU PRIVATE LISTEN CONN FILES PIPES OTHER CLIENT             ',
    '     10 parent      sleeping     5s  0.25s    700K      1    0     3     2     0                    ',
    '     11 ├─ child    sleeping     5s  3.00s    700K      0    1     3     2     0 127.0.0.1:4000     ',
    '     12 │  └─ child sleeping     5s  0.25s       ?      ?    ?     ?     ?     ? ?                  ',
    '     13 └─ child    ZOMBIE       5s  0.25s       0      0    1     3     2     0 (exited 7)         ',
  ])
})

test.each([
  [Number.POSITIVE_INFINITY, /PRIVATE LISTEN CONN FILES PIPES OTHER CLIENT +COMMAND$/],
  [97, /PRIVATE LISTEN CONN FILES PIPES OTHER CLIENT/],
  [90, /PRIVATE LISTEN CONN FILES PIPES CLIENT/],
  [79, /CPU PRIVATE LISTEN CONN CLIENT/],
  [50, /^ +PID PROCESS +STATE +CLIENT/],
  [10, /^ +PID P…$/],
])('in %d cells the columns that matter least are left out', (cells, heading) => {
  const lines = table(rows, cells)
  expect(lines[0]).toMatch(heading)
  if (Number.isFinite(cells)) expect(lines.map(width)).toEqual(lines.map(() => cells))
})

describe('order', () => {
  test('a tree, and brothers the other way round', () => {
    expect(pids(rows)).toEqual([10, 11, 12, 13])
    expect(pids(inOrder(family, 'tree', true))).toEqual([10, 13, 11, 12])
  })

  test('orphans stand beside their old parent', () => {
    const [daemon, ...others] = family as [ServerProcess, ...ServerProcess[]]
    const orphans = inOrder([daemon, a(20, 1, { clients: ['x'] })], 'tree', false)
    expect(orphans.map(({ branch }) => branch)).toEqual(['', ''])
    expect(pids(inOrder(others, 'tree', false))).toEqual([11, 12, 13])
  })

  test.each([
    ['cpu', [11, 10, 12, 13]],
    ['memory', [10, 11, 13, 12]],
    ['descriptors', [10, 11, 13, 12]],
    ['state', [13, 10, 11, 12]],
    ['pid', [10, 11, 12, 13]],
  ] as const)('by %s, and what cannot be read comes last', (key, order) => {
    expect(pids(inOrder(family, key, false))).toEqual(order)
  })

  test('the other way round', () => {
    expect(pids(inOrder(family, 'pid', true))).toEqual([13, 12, 11, 10])
  })
})

describe('who belongs to the server', () => {
  const strangers = [a(1, 0), a(99, 1), a(100, 99)]
  const all = [...strangers, ...family]
  const found = (members: readonly ServerProcess[], among = all) =>
    familyOf(among, new Set(members.map(keyOf))).map(({ pid }) => pid)

  test('a process and all that descends from it', () => {
    expect(found([family[0]!])).toEqual([10, 11, 12, 13])
    expect(found([family[1]!])).toEqual([11, 12])
    expect(found(family)).toEqual([10, 11, 12, 13])
  })

  test('its orphans stay; who has its pid now does not belong to it', () => {
    const orphan = a(11, 1)
    expect(found(family, [...strangers, orphan, a(12, 11), a(10, 1, { start: '500' })])).toEqual([
      11, 12,
    ])
  })

  test('who just ends is not described, and stays', () => {
    const system = { processes: () => all, identities: () => new Map(), details: () => new Map() }
    const { processes, members } = takeSnapshot(system, new Set([keyOf(family[0]!)]))
    expect(processes).toEqual([])
    expect([...members]).toEqual(family.map(keyOf))
  })
})

describe('roles', () => {
  const none = { descriptors: [], parent: undefined, isParent: false }
  const daemon = { role: 'daemon', command: 'truefork: daemon 1 of 256' } as const
  const listening = [{ kind: 'listening' }] as const

  test.each([
    ['a daemon process', { ...none, command: daemon.command }, 'daemon'],
    ['forked a moment ago', { ...none, command: daemon.command, parent: daemon }, 'server'],
    ['a successor', { ...none, command: 'truefork: daemon 0 of 256', parent: daemon }, 'daemon'],
    ['it serves', { ...none, command: 'truefork: serving ::1', parent: daemon }, 'server'],
    ['an orphan', { ...none, command: 'truefork: serving ::1' }, 'server'],
    ['sequential', { ...none, command: 'truefork: serving ::1', descriptors: listening }, 'daemon'],
    ['it waits', { ...none, command: 'truefork: waiting', parent: daemon }, 'spare'],
    ['the hub', { ...none, command: 'truefork: hub', parent: daemon }, 'hub'],
    ['the live page', { ...none, command: 'truefork: live page', parent: daemon }, 'live'],
    ['a program of truefork exec', { ...none, command: 'cat', parent: daemon }, 'server'],
    ['a zombie', { ...none, command: '', parent: daemon }, 'server'],
    ['another server', { ...none, command: 'tcpserver', isParent: true }, 'parent'],
    ['its child', { ...none, command: 'cat', parent: { role: 'parent', command: 't' } }, 'child'],
  ] as const)('%s', (_, kinship, role) => {
    expect(roleOf(kinship)).toBe(role)
  })
})

describe('the screen', () => {
  test('has as many lines as the terminal, each of its width', () => {
    const lines = picture(snapshot, rows, view, at)
    expect(lines.map(({ text }) => width(text))).toEqual(Array(10).fill(100))
    expect(lines.map(({ text }) => text.trimEnd())).toEqual([
      '4 processes, 1 client, 1 ZOMBIE, 1.4M and more private, 01:02:03',
      expect.stringMatching(/^ {6}PID PROCESS/),
      expect.stringMatching(/^> {6}10 parent/),
      expect.stringMatching(/^ {7}11 ├─ child/),
      expect.stringMatching(/^ {7}12 │ {2}└─ child/),
      expect.stringMatching(/^ {7}13 └─ child .*ZOMBIE/),
      '',
      '',
      '',
      'q quit  k signal  s sort: tree  r reverse  ↑↓ select',
    ])
    expect(lines.map(({ style }) => style).slice(2, 6)).toEqual([
      'selected',
      'plain',
      'plain',
      'zombie',
    ])
  })

  test.each([1, 2, 3, 4])('of %d rows', count => {
    const size = { columns: 20, rows: count }
    const lines = picture(snapshot, rows, settle(view, rows, count - 3), size)
    expect(lines).toHaveLength(count)
  })

  test('300 processes are scrolled through', () => {
    const many = [a(1000, 1), ...Array.from({ length: 299 }, (_, i) => a(1001 + i, 1000))]
    const all = inOrder(many, 'tree', false)
    let { view } = press(settle(firstView('tree', false), all, 7), { name: 'end' }, all, 7)
    const seen = (view: View) =>
      picture({ ...snapshot, processes: many }, all, view, at).map(({ text }) => text)
    expect(seen(view).at(-2)).toMatch(/^> +1299 └─ child/)
    expect(seen(view).at(-1)).toMatch(/^294-300 of 300 /)
    view = press(view, { name: 'pageup' }, all, 7).view
    expect(seen(view)[2]).toMatch(/^> +1292 /)
    view = press(view, { name: 'home' }, all, 7).view
    expect(seen(view)[2]).toMatch(/^> +1000 parent/)
  })

  test('nobody is left', () => {
    const empty = settle(view, [], 7)
    expect(picture({ ...snapshot, processes: [] }, [], empty, at)).toHaveLength(10)
    expect(press(empty, { name: 'k' }, [], 7)).not.toHaveProperty('effect')
    expect(press(empty, { name: 'down' }, [], 7).view.at).toBe(0)
  })

  test('colours, none, and ASCII', () => {
    const line = { text: '└─ ZOMBIE…', style: 'zombie' } as const
    expect(painted(line, true, true)).toBe('\x1b[31;1m└─ ZOMBIE…\x1b[22;39m')
    expect(painted(line, false, true)).toBe('└─ ZOMBIE…')
    expect(painted(line, false, false)).toBe('`- ZOMBIE~')
  })
})

describe('keys', () => {
  const typed = (names: readonly (string | KeyPress)[], start = view) => {
    let now: ReturnType<typeof press> = { view: start }
    for (const name of names) {
      now = press(now.view, typeof name === 'string' ? { name } : name, rows, 7)
    }
    return now
  }

  test('a signal is sent after y, and after nothing else', () => {
    const { view: confirming, effect } = typed(['down', 'k', 'h', 'return'])
    expect(effect).toBeUndefined()
    expect(picture(snapshot, rows, confirming, at).at(-1)!.text.trimEnd()).toBe(
      'Send SIGHUP to 11 (child of 127.0.0.1:4000)? y sends it, any other key does not',
    )
    expect(press(confirming, { name: 'y' }, rows, 7).effect).toMatchObject({
      kind: 'send',
      signal: 'SIGHUP',
      target: { pid: 11 },
    })
    for (const name of ['n', 'return', 'escape', 'q', 'k']) {
      const after = press(confirming, { name }, rows, 7)
      expect(after.effect).toBeUndefined()
      expect(after.view).toMatchObject({ prompt: { kind: 'none' }, message: 'nothing was sent' })
    }
  })

  test.each([
    [[], 'SIGTERM'],
    [['right'], 'SIGINT'],
    [['left'], 'SIGKILL'],
    [['u'], 'SIGUSR1'],
    [['u', 'u'], 'SIGUSR2'],
    [['u', 'u', 'u'], 'SIGUSR1'],
    [['x', '5'], 'SIGTERM'],
  ])('%j chooses %s', (keys, signal) => {
    expect(typed(['k', ...keys, 'return']).view.prompt).toMatchObject({ kind: 'confirm', signal })
  })

  test('a zombie takes none', () => {
    expect(typed(['end', 'k']).view).toMatchObject({
      prompt: { kind: 'none' },
      message: '13 has ended: it is 10 that has to collect it',
    })
  })

  test('the selection follows its process, and goes on where that has gone', () => {
    const { view } = typed(['down', 'down'])
    expect(view.selected).toBe(keyOf(family[2]!))
    const sorted = inOrder(family, 'cpu', true)
    expect(settle(view, sorted, 7)).toMatchObject({ selected: view.selected, at: 1 })
    const without = rows.filter(({ process }) => process.pid !== 12)
    expect(settle(view, without, 7)).toMatchObject({ selected: keyOf(family[3]!), at: 2 })
  })

  test('sort, reverse, quit, suspend', () => {
    expect(typed(['s']).view.sort).toBe('cpu')
    expect(typed(Array(7).fill('s')).view.sort).toBe('tree')
    expect(typed(['r']).view.reverse).toBe(true)
    expect(typed(['q']).effect).toEqual({ kind: 'quit' })
    expect(typed([{ name: 'c', ctrl: true }]).effect).toEqual({ kind: 'quit' })
    expect(typed(['k', { name: 'c', ctrl: true }]).effect).toEqual({ kind: 'quit' })
    expect(typed([{ name: 'z', ctrl: true }]).effect).toEqual({ kind: 'suspend' })
  })
})

describe('text', () => {
  test('what others wrote gives the terminal no orders', () => {
    expect(printable('a\x1b[2J\n\x9b\u202eb')).toBe('a?[2J???b')
    expect(table(inOrder([a(1, 0, { command: '\x1b[31m' })], 'tree', false), 200)[1]).not.toContain(
      '\x1b',
    )
  })

  test('cells, of which some characters take two', () => {
    expect(inCells('abc', 5)).toBe('abc  ')
    expect(inCells('abc', 5, 'right')).toBe('  abc')
    expect(inCells('abcdef', 4)).toBe('abc…')
    expect(inCells('日本語', 4)).toBe('日… ')
    expect(inCells('日本語', 1)).toBe('…')
    expect(inCells('x', 0)).toBe('')
    expect(inAscii('├─ é…')).toBe('|- ?~')
  })
})

test('values as people read them', () => {
  expect([0.9, 59, 60, 3599, 3600, 86_399, 90_000].map(duration)).toEqual([
    '0s',
    '59s',
    '1m00s',
    '59m59s',
    '1h00m',
    '23h59m',
    '1d01h',
  ])
  expect([0, 1, 700 * 1024, 1024 ** 2 * 31, 1024 ** 3 * 1.25].map(size)).toEqual([
    '0',
    '1K',
    '700K',
    '31.0M',
    '1.3G',
  ])
  expect([0, 59.99, 61].map(processorTime)).toEqual(['0.00s', '59.99s', '1m01s'])
})
