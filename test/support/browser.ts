import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, onTestFinished } from 'vitest'

const usual = ['/usr/bin/chromium', '/usr/local/bin/chrome', '/usr/bin/google-chrome']

/** Debian's, or what the variable names, which then must be there. */
const executablePath = process.env.CHROMIUM ?? usual.find(existsSync)

/** False where there is none, and nobody has promised one. */
export const hasBrowser = executablePath !== undefined

let browser: Browser | undefined

afterAll(async () => browser?.close())

/** Opens a file in a browser that has no network. Errors of the page are errors of the test. */
export const openPage = (file: string, hash = ''): Promise<Page> =>
  open(pathToFileURL(file).href, hash, { isOffline: true })

/** Opens what a server sends, and lets it ask nobody else. Errors of the page are errors of the test. */
export const openAddress = (url: string): Promise<Page> => open(url, '', { isOffline: false })

/** What a browser says of a server that has ended. */
const isLost = (text: string) => /net::ERR_/.test(text)

async function open(address: string, hash: string, { isOffline }: { isOffline: boolean }) {
  // Root may not have its sandbox.
  browser ??= await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] })
  const context = await browser.newContext({
    offline: isOffline,
    viewport: { width: 1440, height: 900 },
  })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', error => errors.push(error.message))
  page.on('console', message => {
    const isError = message.type() === 'error' && (isOffline || !isLost(message.text()))
    if (isError) errors.push(message.text())
  })
  const requests: string[] = []
  page.on('request', request => requests.push(request.url()))
  onTestFinished(async () => {
    await context.close()
    if (errors.length > 0) throw new Error(errors.join('\n'))
    const others = requests.filter(url => !url.startsWith(address) && !url.startsWith('data:'))
    if (others.length > 0) throw new Error(`the page wants ${others.join(', ')}`)
  })
  await page.goto(`${address}${hash}`)
  return page
}
