// Makes what is documented out of the sources: the manual page, and docs/reference. With --check: says
// what is stale.
//   npm run docs
//   npm run docs -- --check
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { manual } from './docs/manual.mjs'
import { makeReference } from './docs/reference.mjs'

const root = join(import.meta.dirname, '..')
const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values

const made = new Map([[manual.file, manual.make()], ...makeReference()])
const stale = [...made].filter(([file, text]) => contents(file) !== text).map(([file]) => file)

if (check && stale.length > 0) {
  console.error(`not what \`npm run docs\` makes of the sources: ${stale.join(', ')}`)
  process.exit(1)
}
for (const file of stale) {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), made.get(file))
  console.log(`made ${file}`)
}

function contents(file) {
  try {
    return readFileSync(join(root, file), 'utf8')
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return undefined
  }
}
