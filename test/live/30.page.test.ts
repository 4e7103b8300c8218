import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { hasBrowser, openAddress } from '../support/browser.ts'
import { liveAt } from '../support/live.ts'
import { descriptors, exists, stat } from '../support/proc.ts'
import { listeningSocket, type Program, socketsOf, startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const momentOf = (page: Page) => page.textContent('#moment')
const stateOf = (page: Page) => page.textContent('#state')
const frame = (page: Page) => page.evaluate('new Promise(requestAnimationFrame)')

/** Processes and zombies, as the page counts them. */
const counts = async (page: Page): Promise<string> =>
  /(\d+ process\S*) · (\d+ zombie\S*)/.exec((await momentOf(page))!)?.[0] ?? ''

const litBoxes = (page: Page): Promise<string[]> =>
  page.$$eval('#boxes .lit', boxes =>
    boxes.map(box => `${box.getAttribute('data-role')}: ${box.getAttribute('data-box')}`),
  )

/** Who holds which socket, as the page says. */
const holders = (page: Page): Promise<string[]> =>
  page.$$eval('#holders tbody tr', rows =>
    rows.map(row => [...row.querySelectorAll('.chip')].map(chip => chip.textContent).join(' and ')),
  )

/** In the page: the pixels of the lanes that have this colour. */
const countOf = (red: number, green: number, blue: number) => `(() => {
  const canvas = document.getElementById('lanes')
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  let count = 0
  for (let at = 0; at < data.length; at += 4)
    if (data[at] === ${red} && data[at + 1] === ${green} && data[at + 2] === ${blue}) count++
  return count
})()`

async function start(args: (string | number)[] = []): Promise<{ server: Program; page: Page }> {
  const server = await startServer('talk.mjs', ['--live', 0, ...args])
  const page = await openAddress(await liveAt(server))
  await until(async () => (await litBoxes(page)).includes('daemon: accept'))
  return { server, page }
}

describe.skipIf(!hasBrowser)('in a browser, while the server runs', { timeout: 90_000 }, () => {
  test('clients come and go: lanes, boxes and descriptors are what the kernel has', async () => {
    const { server, page } = await start()
    expect(await page.title()).toBe('truefork live')
    expect(await stateOf(page)).toBe('● live')
    expect(await litBoxes(page)).toEqual(['daemon: accept'])
    const [first, second] = [await server.served(), await server.served()]
    await until(async () => (await counts(page)) === '3 processes · 0 zombies')
    await until(async () => (await litBoxes(page)).join() === 'daemon: accept,server: serve')
    const fdOf = (pid: number, socket: string) =>
      [...descriptors(pid)].find(([, name]) => name === socket)![0]
    const top = fdOf(server.daemon, listeningSocket(server.port)!)
    const accepted = [first, second].map(({ server: pid }) => fdOf(pid, socketsOf(pid)[0]!))
    expect(await holders(page)).toEqual([
      `daemon ${server.daemon}: ${top}`,
      `server ${first.server}: ${accepted[0]}`,
      `server ${second.server}: ${accepted[1]}`,
    ])
    await first.finish()
    await until(async () => (await counts(page)) === '2 processes · 0 zombies')
    await page.click('#tab-processes')
    await until(async () =>
      (await page.textContent(`#processes tr[data-pid="${first.server}"]`))?.includes('exited 0'),
    )
    // It is drawn: a lane of its own has the colour of serving.
    const green = await page.evaluate(countOf(0x00, 0x9e, 0x73))
    expect(green).toBeGreaterThan(1000)
    await second.finish()
  })

  test('who looks back is left in peace, and follows again when they say so', async () => {
    const { server, page } = await start()
    const first = await server.served()
    await until(async () => (await counts(page)) === '2 processes · 0 zombies')
    await page.keyboard.press('ArrowLeft')
    await until(async () => (await stateOf(page))!.includes('held'))
    await frame(page)
    const held = await momentOf(page)
    const second = await server.served()
    await second.finish()
    const third = await server.served()
    // More than one picture has come meanwhile: the page says how long it has been held.
    await until(async () => /held for [1-9]/.test((await stateOf(page))!))
    expect(await momentOf(page)).toBe(held)
    expect(await page.textContent('#follow')).toContain('follow')

    await page.keyboard.press('f')
    await until(async () => (await counts(page)) === '3 processes · 0 zombies')
    expect(await stateOf(page)).toBe('● live')
    await page.keyboard.press('f')
    await until(async () => (await stateOf(page))!.includes('held'))
    await page.click('#follow')
    await until(async () => (await stateOf(page)) === '● live')
    // A click among the lanes puts the cursor there, and End goes back to now.
    const { x, y, width } = (await (await page.$('#lanes'))!.boundingBox())!
    await page.mouse.click(x + width / 2, y + 50)
    await until(async () => (await stateOf(page))!.includes('held'))
    expect(await page.textContent('.process.chosen h3')).toContain(`daemon ${server.daemon}`)
    await page.keyboard.press('End')
    await until(async () => (await momentOf(page))!.startsWith('now'))
    // The selected process stays selected, whatever comes.
    await first.finish()
    await until(async () => (await counts(page)) === '2 processes · 0 zombies')
    expect(await page.textContent('.process.chosen h3')).toContain(`daemon ${server.daemon}`)
    await page.selectOption('#window', 'Infinity')
    for (const mode of ['time', 'steps', 'squeezed']) await page.selectOption('#scale', mode)
    await third.finish()
  })

  test('zombies are seen while they are there: of who ended, and of who was killed', async () => {
    const { server, page } = await start(['--break', 'no-reap'])
    const [first, second] = [await server.served(), await server.served()]
    await first.finish()
    await until(async () => (await counts(page)) === '2 processes · 1 zombie')
    expect(stat(first.server).state).toBe('Z')
    // It says nothing, and nobody collects it.
    process.kill(second.server, 'SIGKILL')
    await until(async () => (await counts(page)) === '1 process · 2 zombies')
    await page.click('#tab-processes')
    const length = async () => {
      const row = `#processes tr[data-pid="${first.server}"]`
      // It waits for the row, which comes with the next picture.
      const span = await page
        .locator(`${row} td[data-from]`)
        .evaluate(cell => ['data-from', 'data-to'].map(name => Number(cell.getAttribute(name))))
      return span[1]! - span[0]!
    }
    const before = await length()
    await until(async () => (await length()) > before + 1e9)
    expect(exists(first.server)).toBe(true)
    expect(await page.$$(`#processes td.zombie`)).toHaveLength(2)
  })

  test('the server drains and ends, and the picture stays; another one on the port is shown next', async () => {
    const { server, page } = await start()
    const url = page.url()
    const client = await server.served()
    server.signal('SIGTERM')
    await until(async () => (await page.textContent('#steps'))!.includes('SIGTERM'))
    await client.finish()
    await server.ended()
    await until(async () => (await stateOf(page)) === '■ the server has ended')
    expect(await counts(page)).toBe('1 process · 0 zombies')
    await page.keyboard.press('ArrowLeft')
    await until(async () => !(await momentOf(page))!.startsWith('now'))
    await page.keyboard.press('f')

    const next = await startServer('talk.mjs', ['--live', new URL(url).port])
    await until(async () => (await stateOf(page)) === '● live')
    await until(async () => (await page.textContent('#descriptors'))!.includes(`${next.daemon}`))
  })
})
