// Builds the page of `truefork timeline` into one file: its program and style in it, and a place for
// the timeline. No network.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = new URL('../', import.meta.url)
const sources = new URL('src/timeline/page/', root)

const bundle = async name => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(name, sources))],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    legalComments: 'inline',
    logLevel: 'warning',
  })
  return outputFiles[0].text.trim()
}

const [script, style] = await Promise.all([bundle('main.ts'), bundle('style.css')])
const page = readFileSync(new URL('page.html', sources), 'utf8')
  .replace('/*style*/', () => style)
  .replace('/*script*/', () => script.replaceAll('</script', '<\\/script'))
const folder = new URL('dist/timeline/', root)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('page.html', folder), page)
