// npm run pictures: the pictures of docs/seeing.md and of the README, from real runs: timelines, the
// live page while its server runs, and truefork top. It needs Chromium and tmux.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { timelineOf } from '../dist/timeline/model.js'
import { lifeAt, zombieOf } from '../dist/timeline/moment.js'
import { readTrace } from '../dist/timeline/read.js'
import { pictureLive } from './pictures/live.mjs'
import { run } from './pictures/run.mjs'
import { pictureScreen, screenOfTop } from './pictures/top.mjs'

const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const pictures = fileURLToPath(new URL('../docs/pictures/', import.meta.url))
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
if (!existsSync(executablePath)) {
  console.error(
    `pictures: no browser at ${executablePath}: install chromium, or name it in CHROMIUM`,
  )
  process.exit(69)
}

/** @typedef {Omit<Parameters<typeof run>[0], 'trace'>} Plan */
const plans = {
  few: { clients: 4, kills: 1, apart: 30, stay: 1 },
  some: { clients: 30, kills: 3, apart: 12, stay: 2 },
  many: { clients: 300, kills: 30, apart: 4, stay: 12 },
}

/** The pictures: of which run, how, and how large. */
const shots = [
  { name: 'few-light', run: 'few', theme: 'light', scale: 'steps', height: 860 },
  { name: 'few-dark', run: 'few', theme: 'dark', scale: 'steps', height: 860 },
  { name: 'some-light', run: 'some', theme: 'light', scale: 'squeezed', height: 900 },
  { name: 'many-dark', run: 'many', theme: 'dark', scale: 'squeezed', height: 1000 },
]

/** The live page: a server that does not collect its children, one with many, one with very many. */
const few = { clients: 6, apart: 900, args: ['--break', 'no-reap'], height: 820 }
const liveShots = [
  { name: 'live-few-light', theme: 'light', ...few, also: pictureTop },
  { name: 'live-few-dark', theme: 'dark', ...few },
  { name: 'live-some-light', theme: 'light', clients: 30, apart: 80, args: [], height: 900 },
  { name: 'live-many-dark', theme: 'dark', clients: 300, apart: 4, args: [], height: 1100 },
]

const folder = mkdtempSync(join(tmpdir(), 'truefork-pictures-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
mkdirSync(pictures, { recursive: true })

/** The third child is born: it and its parent hold the same sockets. */
const birth = ({ lanes }) => lanes[3].born

/** A child is a zombie, and as many others as can be are at work. */
function bustle(timeline) {
  const { lanes, length } = timeline
  const zombies = lanes.map(lane => zombieOf(lane, timeline)).filter(Boolean)
  const moments = zombies.map(({ from, to }) => (from + to) / 2)
  const busy = at => lanes.filter(lane => lifeAt(lane, at) === 'running').length
  return moments.sort((a, b) => busy(b) - busy(a))[0] ?? length / 2
}

const pages = {}
for (const [name, plan] of Object.entries(plans)) {
  const trace = join(folder, `${name}.jsonl`)
  const page = join(folder, `${name}.html`)
  await run({ ...plan, trace })
  execFileSync(process.execPath, [command, 'timeline', trace, '-o', page])
  const timeline = timelineOf(readTrace(readFileSync(trace, 'utf8')).lines)
  pages[name] = {
    page,
    at: (name === 'few' ? birth : bustle)(timeline) / 1e6,
    daemon: timeline.lanes[0].pid,
  }
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
for (const { name, run: of, theme, scale, height } of shots) {
  const { page: file, at, daemon } = pages[of]
  const page = await browser.newPage({ viewport: { width: 1360, height }, colorScheme: theme })
  await page.goto(`${pathToFileURL(file)}#at=${at}&pid=${daemon}`)
  await page.selectOption('#scale', scale)
  await page.evaluate(() => document.activeElement.blur())
  // Drawn once a frame.
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 100))))
  await page.screenshot({ path: join(pictures, `${name}.png`) })
  await page.close()
}
for (const { name, ...plan } of liveShots)
  await pictureLive(browser, { ...plan, path: join(pictures, `${name}.png`) })

/** The processes of the first of them in a terminal, too. */
async function pictureTop(pid) {
  const screen = await screenOfTop(folder, pid, '3 ZOMBIES')
  for (const theme of ['light', 'dark'])
    await pictureScreen(browser, screen, { theme, path: join(pictures, `top-${theme}.png`) })
}
await browser.close()
