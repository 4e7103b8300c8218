// `truefork top` in a terminal, as a person sees it: tmux(1) is the terminal, the browser paints it.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const size = ['-x', '132', '-y', '13']

/** The screen, with the sequences that make colours, once it shows that text. */
export async function screenOfTop(folder, pid, text) {
  const socket = join(folder, 'tmux')
  const tmux = (...args) =>
    execFileSync('tmux', ['-u', '-S', socket, ...args], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8', TMUX: '' },
    })
  const line = `LC_ALL=C.UTF-8 '${process.execPath}' '${command}' top ${pid}`
  tmux('-f', '/dev/null', 'new-session', '-d', ...size, line)
  try {
    for (let tries = 0; tries < 300; tries++) {
      const screen = tmux('capture-pane', '-p', '-e')
      if (screen.includes(text)) return screen
      await sleep(100)
    }
    throw new Error(`truefork top never showed '${text}'`)
  } finally {
    tmux('kill-server')
  }
}

/** Takes a picture of the screen. */
export async function pictureScreen(browser, screen, { theme, path }) {
  const [ink, paper] = theme === 'dark' ? ['#e7eaf0', '#14171d'] : ['#1f2430', '#ffffff']
  const page = await browser.newPage({ viewport: { width: 1200, height: 400 } })
  await page.setContent(`<style>
    body { margin: 0 }
    pre { display: inline-block; margin: 0; padding: 14px 16px; color: ${ink}; background: ${paper};
      font: 14px/1.45 'DejaVu Sans Mono', monospace }
    .bold { font-weight: bold }
    .faint { opacity: 0.7 }
    .turned { color: ${paper}; background: ${ink} }
    .red { color: ${theme === 'dark' ? '#ff7b72' : '#c01c28'} }
    .red.turned { color: ${paper}; background: ${theme === 'dark' ? '#ff7b72' : '#c01c28'} }
  </style><pre>${htmlOf(screen.trimEnd())}</pre>`)
  await (await page.$('pre')).screenshot({ path })
  await page.close()
}

/** What truefork top makes use of. */
const looks = { 1: 'bold', 2: 'faint', 7: 'turned', 31: 'red', 91: 'red' }
const ends = { 22: ['bold', 'faint'], 27: ['turned'], 39: ['red'] }

const escapeCharacter = String.fromCharCode(27)
const sequence = new RegExp(`${escapeCharacter}\\[([\\d;]*)m`)

function htmlOf(screen) {
  let now = []
  const parts = screen.split(sequence)
  return parts
    .map((part, index) => {
      if (index % 2 === 0) return part && `<span class="${now.join(' ')}">${escaped(part)}</span>`
      for (const code of part.split(';').map(Number)) {
        if (code === 0) now = []
        else if (looks[code]) now = [...now, looks[code]]
        else if (ends[code]) now = now.filter(look => !ends[code].includes(look))
      }
      return ''
    })
    .join('')
}

const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
