// Checks that a lab has brought along: a solution with one mistake in it fails the check that is named
// for it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { startScript } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const labs = join(root, 'labs')
const folders = ['05-configuration', '06-limits', '07-prefork', '08-chat']

const LONG = 300_000

/** The solution with a part of it replaced, in a folder of its own that others may read. */
function mistaken(lab: number, right: string, wrong: string): string {
  const source = readFileSync(join(labs, 'solutions', folders[lab - 5]!, 'server.ts'), 'utf8')
  expect(source.split(right)).toHaveLength(2)
  const file = join(temporaryFolder(), 'server.ts')
  const absolute = (path: string) => pathToFileURL(join(root, path)).href
  const text = source
    .replace(right, wrong)
    .replace("'truefork/posix'", `'${absolute('dist/posix.js')}'`)
    .replaceAll("'../../06-limits/", `'${absolute('labs/06-limits')}/`)
  writeFileSync(file, text)
  return file
}

test.each([
  ['SA_RESTART on SIGHUP', 5, 'reread', 'noteHangup }', 'noteHangup, flags: SA_RESTART }'],
  [
    'an end on a bad file',
    5,
    'bad-config',
    '    console.error(`',
    '    _exit(1)\n    console.error(`',
  ],
  ['no most of children', 6, 'max-children', 'children.size < maxChildren', 'true'],
  ['the group lives on', 6, 'descendants', '    killGroup(pid)\n', ''],
  [
    'no limit of processes',
    6,
    'max-processes',
    '    setrlimit(RLIMIT_NPROC, { soft: processLimit, hard: processLimit })\n',
    '',
  ],
  ['too few processes', 7, 'spares', 'const spares = 4', 'const spares = 3'],
  ['nobody is replaced', 7, 'replacement', '  sigsuspend([])', '  for (;;) sigsuspend([])'],
  ['no end after three clients', 7, 'turnover', 'served < clientsEach && ', ''],
  ['one client each', 7, 'turnover', 'const clientsEach = 3', 'const clientsEach = 1'],
  ['inherited ends stay open', 8, 'others', '[top, mine, ...members]', '[top, mine]'],
  ['the daemon process waits', 8, 'slow-readers', '  neverWait(mine)\n', ''],
])('%s: lab %i, %s', { timeout: LONG }, async (_, lab, name, right, wrong) => {
  const file = mistaken(lab, right, wrong)
  const judge = startScript(join(labs, 'check.mjs'), [lab, file, '--only', name, '--json'])
  const { code } = await judge.ended(LONG)
  expect(judge.relatives()).toEqual([])
  const { checks } = JSON.parse(judge.stdout.all.join('\n'))
  expect({ code, checks }).toEqual({
    code: 1,
    checks: [expect.objectContaining({ name, verdict: 'failed' })],
  })
})
