// The judge for the labs: `truefork grade` with the checks, points and talk of one lab.
//
//   npm run check 1                              in the repository: labs/01-sequential/server.ts
//   npm run check -- 1 --solution                the solution in place of it
//   npm run check -- 1 mine.ts --json            another file; any option of `truefork grade`
//   node node_modules/truefork/labs/check.mjs 1  in a folder of your own: 01-sequential/server.ts
//
// Exit status: that of `truefork grade`: 0 no check failed, 1 one did, 66 the server does not start,
// 69 nothing could be checked; 64 wrong usage.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const labs = import.meta.dirname
const truefork = [process.execPath, join(labs, '../dist/cli/main.js')]
const usage = 'usage: npm run check NUMBER, or npm run check -- NUMBER [FILE] [--solution] [--json]'

/**
 * What lab.json says of a lab.
 *
 * @typedef {object} Lab
 * @property {string} title
 * @property {Record<string, number>} checks what the judge looks at, and the points for each
 * @property {{failed: string[], unchecked: string[]}} starter what it says of the starter
 * @property {string[]} [command] how the server is started. `truefork` as its first word is the command
 * of this package, `{server}` the file, `{folder}` that of the lab, `{port}` the port
 * @property {string} [talk] a file of the lab's folder, for `--talk`
 * @property {string[]} [options] more options for the judge
 */

const [number, file, options] = askedFor(process.argv.slice(2))
const folder = folderOf(number)
/** @type {Lab} */
const lab = JSON.parse(readFileSync(join(labs, folder, 'lab.json'), 'utf8'))
const server = file ?? serverOf(folder)
if (!existsSync(server)) fail(66, `${server}: no such file`)
if (!options.some(word => word.startsWith('--format'))) {
  console.log(`Lab ${number}: ${lab.title}, ${relative('', resolve(server))}\n`)
}
process.exitCode = judge()

/** The number of the lab, the file if one is named, and the options of the judge. */
function askedFor(args) {
  const { values, tokens } = parseArgs({
    args,
    strict: false,
    tokens: true,
    options: { solution: { type: 'boolean' }, json: { type: 'boolean' } },
  })
  const own = tokens.filter(
    ({ kind, name }) => kind === 'option' && name in { solution: 0, json: 0 },
  )
  const rest = args.filter((_, index) => !own.some(token => token.index === index))
  // An option of the judge may have a value behind it: the words in front of all options are ours.
  const first = rest.findIndex(word => word.startsWith('-'))
  const words = first < 0 ? rest : rest.slice(0, first)
  const passedOn = first < 0 ? [] : rest.slice(first)
  const [number = '', named] = words
  if (!/^\d$/.test(number) || words.length > 2) fail(64, usage)
  if (named && values.solution) fail(64, `${named} or --solution? ${usage}`)
  const solution = values.solution ? join(labs, 'solutions', folderOf(number), 'server.ts') : named
  return [number, solution, values.json ? ['--format', 'json', ...passedOn] : passedOn]
}

function folderOf(number) {
  const folders = readdirSync(labs).filter(name => /^\d\d-/.test(name))
  const found = folders.find(name => Number(name.slice(0, 2)) === Number(number))
  return found ?? fail(64, `there is no lab ${number}: the labs are ${folders.join(', ')}`)
}

/** The student's own: in a folder of labs here, or else in that of the repository. */
function serverOf(folder) {
  const here = join(folder, 'server.ts')
  return existsSync(here) ? here : join('labs', here)
}

function judge() {
  const { command = ['truefork', 'run', '{server}', '{port}'], checks, talk } = lab
  const words = command.flatMap((word, index) =>
    index === 0 && word === 'truefork' ? truefork : [filledIn(word)],
  )
  const temporary = mkdtempSync(join(tmpdir(), 'truefork-lab-'))
  // Ctrl-C is for the judge, who ends the server; then this goes on, and clears up.
  process.on('SIGINT', () => {})
  try {
    const points = join(temporary, 'points.toml')
    writeFileSync(points, pointsOf(checks))
    const args = ['--points', points]
    // Who asks for one of them alone gets that one.
    if (!options.includes('--only')) args.push('--only', Object.keys(checks).join(','))
    if (talk) args.push('--talk', join(labs, folder, talk))
    const all = [...args, ...(lab.options ?? []), ...options, '--', ...words]
    const { status } = spawnSync(truefork[0], [truefork[1], 'grade', ...all], { stdio: 'inherit' })
    return status ?? 1
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

function filledIn(word) {
  return word.replaceAll('{server}', resolve(server)).replaceAll('{folder}', join(labs, folder))
}

/** As `truefork grade --points` reads them. */
function pointsOf(checks) {
  return Object.entries(checks)
    .map(([name, points]) => `${name} = ${points}\n`)
    .join('')
}

function fail(status, message) {
  console.error(message)
  process.exit(status)
}
