// The glossary has every errno and every signal that labs, documentation and the mistakes speak of.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const glossary = readFileSync(join(root, 'docs/glossary.md'), 'utf8')
const rows = glossary.split('\n').filter(line => /^\| (E|SIG)[A-Z0-9]+ \|/.test(line))
const entries = rows.map(line => line.split(' ')[1]!)

// SIGINFO is FreeBSD's, and Node has no ETOOMANYREFS.
const names = new Set([
  ...Object.keys(constants.errno),
  ...Object.keys(constants.signals),
  'SIGINFO',
  'ETOOMANYREFS',
])

/** The names in every text of a folder, with the first file that has them. */
function namesIn(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  for (const file of files.filter(name => /\.(md|ts|mjs|json|talk)$/.test(name))) {
    if (file === 'glossary.md') continue
    const text = readFileSync(join(root, folder, file), 'utf8')
    for (const [name] of text.matchAll(/\b(?:E|SIG)[A-Z0-9]{2,}\b/g)) {
      if (names.has(name) && !found.has(name)) found.set(name, `${folder}/${file}`)
    }
  }
  return found
}

test.each(['labs', 'docs', 'src/break'])('every errno and signal of %s is explained', folder => {
  const found = namesIn(folder)
  expect(found.size).toBeGreaterThan(2)
  expect([...found].filter(([name]) => !entries.includes(name))).toEqual([])
})

test('each once, in order, and all of them exist', () => {
  const [errors, signals] = ['E', 'SIG'].map(start =>
    entries.filter(name => name.startsWith(start)),
  )
  expect(errors).toEqual([...new Set(errors)].toSorted())
  expect(signals).toEqual([...new Set(signals)].toSorted())
  expect(entries.filter(name => !names.has(name))).toEqual([])
})

test('the labs and pages that it names are there', () => {
  const table = readFileSync(join(root, 'labs/README.md'), 'utf8')
  const labs = [...table.matchAll(/^\| \[(\d)\]\(/gm)].map(([, number]) => Number(number))
  const last = glossary.split('\n').filter(line => /^\| /.test(line) && line.endsWith(' |'))
  for (const line of last) {
    const place = line.split(' | ').at(-1)!.replace(/ \|$/, '')
    for (const word of place.split(', ')) {
      const page = /^\[(.*)\]\((.*)\)$/.exec(word)?.[2]
      if (page !== undefined) expect(existsSync(join(root, 'docs', page)), line).toBe(true)
      else if (/^\d+$/.test(word)) expect(labs, line).toContain(Number(word))
    }
  }
})
