// `truefork top` in a real terminal, as its user has it.
import { describe, expect, test } from 'vitest'
import { childrenOf, exists, stat } from '../support/proc.ts'
import { command, startServer, untilGone } from '../support/server.ts'
import { PATIENCE, Terminal, type TerminalOptions } from '../support/terminal.ts'
import { until } from '../support/until.ts'
import { startForkingServer } from '../support/zombies.ts'

// On a busy machine a picture takes its time.
const patience = { timeout: 120_000 }

/** Once it has ended, the screen shows its status and whether the terminal echoes lines again. */
const afterwards = "echo status $?; stty -a | tr -s '; ' '\\n' | grep -x -e '-*echo' -e '-*icanon'"

const top = (pid: number, options?: TerminalOptions) =>
  new Terminal([process.execPath, command, 'top', pid, '--interval', 0.2], afterwards, options)

async function restored(terminal: Terminal, status: number): Promise<void> {
  await terminal.shows(new RegExp(`^status ${status}$`))
  await terminal.shows(/^echo$/)
  expect(terminal.screen().join('\n')).toMatch(/^icanon$/m)
  expect([terminal.is('alternate_on'), terminal.is('cursor_flag')]).toEqual(['0', '1'])
}

test('zombies appear, stand out, and go once they are collected', patience, async () => {
  const server = await startForkingServer()
  const client = await server.client()
  const terminal = top(server.pid)
  await terminal.shows(/^2 processes, 1 client, 0 zombies,/)
  await terminal.shows(new RegExp(`^ +${client.server} └─ child +sleeping .* ${client.name}`))
  expect(terminal.is('alternate_on')).toBe('1')

  const zombie = await server.zombie(7)
  await terminal.shows(/^3 processes, 1 client, 1 ZOMBIE,/)
  await terminal.shows(new RegExp(`^ +${zombie} └─ child +ZOMBIE .*\\(exited 7\\)`))
  const red = new RegExp(`\\x1b\\[[0-9;]*31m +${zombie} `)
  expect(terminal.coloured().replaceAll('\x1b[1m\x1b[31m', '\x1b[1;31m')).toMatch(red)

  server.collect()
  await terminal.shows(/^2 processes, 1 client, 0 zombies,/)
  await terminal.showsNot(new RegExp(`^ +${zombie} `))
  terminal.press('q')
  await restored(terminal, 0)
})

test('a signal is sent after it has been confirmed, and not without', patience, async () => {
  const server = await startServer('talk.mjs')
  const client = await server.served()
  const terminal = top(server.daemon)
  const whom = `${client.server} \\(server of 127\\.0\\.0\\.1:\\d+\\)`
  await terminal.shows(/└─ server /)
  terminal.press('Down')
  await terminal.shows(new RegExp(`^> +${client.server} `))

  terminal.press('k')
  await terminal.shows(new RegExp(`^Signal to ${whom}: \\[TERM\\] INT HUP`))
  terminal.press('k', 'Enter')
  await terminal.shows(new RegExp(`^Send SIGKILL to ${whom}\\? y sends it`))
  terminal.press('n')
  await terminal.shows(/^nothing was sent/)
  expect(exists(client.server)).toBe(true)
  expect(await client.ask('who')).toBe(`${client.server} ${server.daemon}`)

  terminal.press('k', 'k', 'Enter', 'y')
  await terminal.shows(new RegExp(`^SIGKILL sent to ${client.server}`))
  await untilGone(client.server)
  await server.log(new RegExp(`reaped.*child=${client.server}.*SIGKILL`))
  await terminal.shows(/^1 process, 0 clients,/)
  terminal.press('q')
  await restored(terminal, 0)
})

test('sort, scroll, resize', patience, async () => {
  const server = await startForkingServer()
  const children: number[] = []
  for (let count = 0; count < 12; count++) children.push((await server.client()).server)
  const terminal = top(server.pid, { columns: 110, rows: 8 })
  await terminal.shows(/^1-5 of 13 .*sort: tree/)
  const first = () => Number(/^[> ] +(\d+)/.exec(terminal.screen()[2]!)?.[1])
  expect(first()).toBe(server.pid)

  terminal.press('End')
  await terminal.shows(/^9-13 of 13 /)
  await terminal.shows(new RegExp(`^> +${children.at(-1)} └─`))
  terminal.press('s', 's', 's', 's', 's', 's', 'r', 'Home')
  await terminal.shows(/^1-5 of 13 .*sort: pid, reversed/)
  await until(() => first() === Math.max(server.pid, ...children))

  terminal.resize(60, 20)
  await terminal.shows(/^q quit .*sort: pid, reversed/)
  await terminal.showsNot(/FILES/)
  expect(terminal.screen().filter(line => /child/.test(line))).toHaveLength(12)
  terminal.resize(20, 3)
  await terminal.shows(/^13 processes, 12 cl…/)
  terminal.resize(60, 20)
  await terminal.shows(/^q quit/)
  terminal.press('C-c')
  await restored(terminal, 0)
})

describe('the terminal is as before', () => {
  const pidOf = (terminal: Terminal) => {
    const shell = Number(terminal.is('pane_pid'))
    return until(() => childrenOf(shell)[0])
  }

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('after %s', patience, async (signal, status) => {
    const server = await startForkingServer()
    const terminal = top(server.pid)
    await terminal.shows(/^1 process,/)
    process.kill(await pidOf(terminal), signal)
    await restored(terminal, status)
  })

  test('after an error, which is shown', patience, async () => {
    const server = await startForkingServer()
    const broken =
      'data:text/javascript,setInterval(() => { if (process.stdin.isRaw) throw new Error("x y z") }, 200)'
    const env = { NODE_OPTIONS: `--import=${encodeURI(broken).replaceAll('"', '%22')}` }
    const terminal = top(server.pid, { env })
    await terminal.shows(/Error: x y z/)
    await restored(terminal, 1)
  })

  test('while it is suspended', patience, async () => {
    const server = await startForkingServer()
    const argv = [process.execPath, command, 'top', server.pid]
    const terminal = new Terminal(argv, `read line; fg; ${afterwards}`, { isJob: true })
    await terminal.shows(/^1 process,/)
    const pid = await pidOf(terminal)
    terminal.press('C-z')
    await until(() => stat(pid).state === 'T', { deadline: PATIENCE })
    expect([terminal.is('alternate_on'), terminal.is('cursor_flag')]).toEqual(['0', '1'])
    terminal.press('Enter')
    await until(() => terminal.is('alternate_on') === '1', { deadline: PATIENCE })
    await terminal.shows(/^1 process,/)
    terminal.press('q')
    await restored(terminal, 0)
  })
})

test('what is left when the server has ended: its orphans, then nobody', patience, async () => {
  const server = await startForkingServer()
  const client = await server.client()
  const terminal = top(server.pid)
  await terminal.shows(/^2 processes,/)
  server.program.kill('SIGKILL')
  await terminal.shows(new RegExp(`^> +${client.server} \\w+ +sleeping`))
  await terminal.shows(/^1 process, /)
  client.socket.end('0\n')
  await terminal.shows(/^the server has ended; q quits/)
  terminal.press('q')
  await restored(terminal, 0)
})

test.each([
  ['NO_COLOR', { NO_COLOR: '1' }, /└─ child/],
  ['ASCII', { LC_ALL: 'C' }, /`- child/],
])('%s', patience, async (name, env, tree) => {
  const server = await startForkingServer()
  const client = await server.client()
  await server.zombie(1)
  const terminal = top(server.pid, { env })
  await terminal.shows(tree)
  await terminal.shows(/ZOMBIE/)
  expect(terminal.coloured().includes('\x1b[')).toBe(name !== 'NO_COLOR')
  client.socket.destroy()
})

test('a terminal that can do nothing gets one picture', patience, async () => {
  const server = await startForkingServer()
  const terminal = top(server.pid, { env: { TERM: 'dumb' } })
  await terminal.shows(/^ +\d+ parent/)
  await restored(terminal, 0)
})
