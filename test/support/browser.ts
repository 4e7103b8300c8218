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
export async function openPage(file: string, hash = ''): Promise<Page> {
  // Root may not have its sandbox.
  browser ??= await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] })
  const context = await browser.newContext({
    offline: true,
    viewport: { width: 1440, height: 900 },
  })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', error => errors.push(error.message))
  page.on('console', message => message.type() === 'error' && errors.push(message.text()))
  const requests: string[] = []
  page.on('request', request => requests.push(request.url()))
  const address = pathToFileURL(file).href
  onTestFinished(async () => {
    await context.close()
    if (errors.length > 0) throw new Error(errors.join('\n'))
    const others = requests.filter(url => !url.startsWith(address))
    if (others.length > 0) throw new Error(`the page wants ${others.join(', ')}`)
  })
  await page.goto(`${address}${hash}`)
  return page
}
