// The live page of a server, as it is while clients come and go.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const here = fileURLToPath(new URL('.', import.meta.url))
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

/**
 * Starts a server, opens its page, has clients come, and takes the picture once the page shows them all.
 *
 * @param {{ clients: number, apart: number, args: string[], height: number, theme: 'light' | 'dark', path: string,
 *   also?: (pid: number) => Promise<void> }} plan
 * `also` is done while the same processes are there. `apart` ms between two clients. Of three, the second goes again; of ten, the third is killed, if it is there.
 */
export async function pictureLive(browser, plan) {
  const { clients, apart, args, height, theme, path, also } = plan
  const options = ['--allow-root', '--port', '0', '--live', '0', '--max-children', '400', ...args]
  // A file, since pipes of Node are sockets, and would be counted as such.
  const log = join(mkdtempSync(join(tmpdir(), 'truefork-pictures-')), 'log')
  const server = spawn(process.execPath, [command, 'serve', 'handler.mjs', ...options], {
    stdio: ['ignore', 'ignore', openSync(log, 'w')],
    cwd: here,
  })
  const page = await browser.newPage({ viewport: { width: 1360, height }, colorScheme: theme })
  try {
    const { port, url } = await whereIs(log)
    await page.goto(url)
    let left = clients
    for (let number = 0; number < clients; number++) {
      const goes = number % 3 === 1
      const isKilled = !goes && number % 10 === 2
      const pid = await come(port, goes)
      if (isKilled) process.kill(pid, 'SIGKILL')
      if (goes || isKilled) left--
      await sleep(apart)
    }
    await page.waitForFunction(isShown, `now · ${left + 1} processes`)
    await page.screenshot({ path })
    await also?.(server.pid)
  } finally {
    await page.close()
    server.kill('SIGQUIT')
    await once(server, 'exit')
    rmSync(dirname(log), { recursive: true })
  }
}

/** In the page. */
const isShown = text => document.getElementById('moment').textContent.startsWith(text)

async function whereIs(log) {
  for (;;) {
    const text = readFileSync(log, 'utf8')
    const [, url] = /live at (\S+)\n/.exec(text) ?? []
    if (url) return { url, port: Number(/listening on .*:(\d+)/.exec(text)[1]) }
    await sleep(20)
  }
}

/** Returns the process id of the server process. */
async function come(port, goes) {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }).setEncoding('utf8')
  socket.on('error', () => {})
  socket.write('who\n')
  const [pid] = await once(socket, 'data')
  if (goes) {
    socket.end()
    socket.resume()
    await once(socket, 'end')
  }
  return Number(pid)
}
