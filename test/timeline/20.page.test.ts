import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { zombieOf } from '../../src/timeline/moment.ts'
import { hasBrowser, openPage } from '../support/browser.ts'
import { temporaryFolder } from '../support/folder.ts'
import { descriptors } from '../support/proc.ts'
import { fixtureFile, runCommand, startServer } from '../support/server.ts'
import { processIn, timelineIn, traceIn } from '../support/trace.ts'
import { until } from '../support/until.ts'

async function pageOf(trace: string): Promise<string> {
  const html = `${trace}.html`
  const { code, err } = await runCommand(['timeline', trace, '-o', html])
  expect([code, err]).toEqual([0, []])
  return html
}

/** The descriptor table of a process as the page shows it: `7 accepted socket, …`. */
const tableOf = (page: Page, pid: number): Promise<string[]> =>
  page.$$eval(`#descriptors .process[data-pid="${pid}"] tr`, rows =>
    rows.map(row => [...row.children].map(cell => cell.textContent).join(' ')),
  )

const litBoxes = (page: Page): Promise<string[]> =>
  page.$$eval('#boxes .lit', boxes =>
    boxes.map(box => `${box.getAttribute('data-role')}: ${box.getAttribute('data-box')}`),
  )

const momentOf = (page: Page) => page.textContent('#moment')

/** The sockets of a process now, of the kernel's knowledge. */
const sockets = (pid: number): number[] =>
  [...descriptors(pid)]
    .filter(([fd, name]) => fd > 2 && name.startsWith('socket:'))
    .map(([fd]) => fd)
    .sort((a, b) => a - b)

/** CLOCK_MONOTONIC, which is that of traces, too. */
const now = (): number => {
  const [seconds, rest] = process.hrtime()
  return seconds * 1e9 + rest
}

describe.skipIf(!hasBrowser)('in a browser', { timeout: 90_000 }, () => {
  test('at a moment that was looked at in /proc: the same descriptors, and the box of each process', async () => {
    const trace = join(temporaryFolder(), 'trace.jsonl')
    const server = await startServer('talk.mjs', ['--trace', trace])
    const [first, second] = [await server.served(), await server.served()]
    const pids = [server.daemon, first.server, second.server]
    await until(() => sockets(server.daemon).length === 1)
    const at = now()
    const kernel = pids.map(sockets)
    await first.finish()
    await second.finish()
    await until(() => server.children().length === 0)
    server.signal('SIGTERM')
    await server.ended()

    const ms = (at - traceIn(trace)[0]!.t) / 1e6
    const page = await openPage(await pageOf(trace), `#at=${ms}&pid=${second.server}`)
    await until(async () => (await litBoxes(page)).length > 0)
    expect(await litBoxes(page)).toEqual(['daemon: accept', 'server: serve'])
    expect(await page.textContent('#boxes .lit[data-role="server"] .who')).toContain(second.server)
    for (const [index, pid] of pids.entries()) {
      const rows = await tableOf(page, pid)
      const shown = rows.filter(row => /socket/.test(row)).map(row => Number.parseInt(row, 10))
      expect(shown).toEqual(kernel[index])
    }
    // Who holds what: the top socket the daemon process alone, each accepted one its server process.
    const holders = await page.$$eval('#holders tbody tr', rows =>
      rows.map(row =>
        [...row.querySelectorAll('[data-pid]')].map(chip => chip.getAttribute('data-pid')),
      ),
    )
    expect(holders).toEqual(pids.map(pid => [String(pid)]))

    // To the end: nobody is there.
    await page.keyboard.press('End')
    await until(async () => (await litBoxes(page)).length === 0)
    expect(await momentOf(page)).toContain('0 processes · 0 zombies')
  })

  test('between fork and close, both processes hold the accepted socket', async () => {
    const trace = join(temporaryFolder(), 'trace.jsonl')
    const server = await startServer('talk.mjs', ['--trace', trace])
    const client = await server.served()
    await until(() => sockets(server.daemon).length === 1)
    await client.finish()
    server.signal('SIGTERM')
    await server.ended()
    const page = await openPage(await pageOf(trace))
    const holders = () =>
      page.$$eval('#holders tr[data-file^="accepted"] .chip', chips =>
        chips.map(chip => chip.textContent),
      )
    const seen: string[] = []
    // Step by step, from the birth of the server process on.
    const born = processIn(timelineIn(trace), client.server).born
    await page.evaluate(`location.hash = 'at=${born / 1e6}'`)
    for (let step = 0; step < 30; step++) {
      seen.push((await holders()).map(text => text!.replace(/ \d+: \d+$/, '')).join(' and '))
      await page.keyboard.press('ArrowRight')
      await page.evaluate('new Promise(requestAnimationFrame)')
    }
    const changes = seen.filter((text, index) => text !== seen[index - 1])
    expect(changes).toEqual(['daemon and server', 'server', ''])
  })

  test('zombie intervals: as long as the model says, and shown while they last', async () => {
    const trace = join(temporaryFolder(), 'trace.jsonl')
    const { out } = await runCommand(['run', '--trace', trace, fixtureFile('run/kills.mjs')])
    const { exits, killed } = JSON.parse(out[0]!)
    const timeline = timelineIn(trace)
    const zombie = zombieOf(processIn(timeline, exits), timeline)!
    const page = await openPage(await pageOf(trace), `#at=${(zombie.from + 1000) / 1e6}`)
    await page.click('#tab-processes')
    const cell = await page.$eval(`#processes tr[data-pid="${exits}"] td[data-from]`, found =>
      ['data-from', 'data-to'].map(name => Number(found.getAttribute(name))),
    )
    expect(cell).toEqual([zombie.from, zombie.to])
    await until(() => page.$(`#processes tr[data-pid="${exits}"] .zombie`))
    expect(await momentOf(page)).toContain('1 process · 1 zombie')
    expect(await page.textContent(`#processes tr[data-pid="${killed}"]`)).toContain('SIGTERM')

    await page.evaluate(`location.hash = 'at=${zombie.to / 1e6}'`)
    await until(async () => !(await page.$(`#processes tr[data-pid="${exits}"] .zombie`)))
    // It is no server's: there is no flowchart.
    expect(await page.textContent('#boxes')).toContain('no boxes')
  })

  test('mouse, search, keys, play', async () => {
    const trace = join(temporaryFolder(), 'trace.jsonl')
    const server = await startServer('talk.mjs', ['--trace', trace])
    const clients = [await server.served(), await server.served(), await server.served()]
    for (const client of clients) await client.finish()
    server.signal('SIGTERM')
    await server.ended()
    const page = await openPage(await pageOf(trace))

    await page.fill('#search', String(clients[1]!.server))
    await page.keyboard.press('Enter')
    await until(() => page.$(`.process.chosen[data-pid="${clients[1]!.server}"]`))
    await page.fill('#search', 'nobody')
    await page.keyboard.press('Enter')
    await until(() => page.$('#search.missing'))
    await page.keyboard.press('Escape')

    // A click puts the cursor there, and selects the lane: the first is that of the daemon process.
    const { x, y, width } = (await (await page.$('#lanes'))!.boundingBox())!
    await page.mouse.click(x + width * 0.9, y + 50)
    await until(
      async () => (await page.textContent('.process.chosen h3')) === `daemon ${server.daemon}`,
    )
    const before = await momentOf(page)

    await page.keyboard.press('Home')
    await until(async () => (await momentOf(page)) !== before)
    await page.selectOption('#speed', '4')
    await page.click('#play')
    expect(await page.textContent('#play')).toContain('pause')
    await until(async () => Number.parseFloat((await momentOf(page))!) > 0)
    await page.click('#play')
    expect(await page.textContent('#play')).toContain('play')

    for (const mode of ['time', 'steps', 'squeezed']) await page.selectOption('#scale', mode)
    for (const key of ['+', '+', '-', '0', '[', ']', '?']) await page.keyboard.press(key)
    await until(() => page.$('#keys[open]'))
  })
})
