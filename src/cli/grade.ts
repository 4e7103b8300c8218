import { readFileSync } from 'node:fs'
import { NotStarted, type Result } from '../grade/check.ts'
import { checks } from '../grade/checks/index.ts'
import { grade as ask } from '../grade/grade.ts'
import { equalPoints, parsePoints } from '../grade/points.ts'
import { jsonReport } from '../grade/report/json.ts'
import { junitReport } from '../grade/report/junit.ts'
import { tapReport } from '../grade/report/tap.ts'
import { textLine, textSummary } from '../grade/report/text.ts'
import { echoTalk, parseTalk } from '../grade/talk.ts'
import { getpwnam } from '../posix/credentials.ts'
import { CommandError, exitStatus } from './exitStatus.ts'

/** What `truefork grade` is given on the command line. */
export interface GradeOptions {
  talk?: string
  points?: string
  format: keyof typeof reports
  only?: string[]
  skip?: string[]
  list?: boolean
  timeout: number
  rest: number
  user?: string
  strict?: boolean
  maxChildren?: number
  maxProcesses?: number
  spares?: number
  clientsPerProcess?: number
}

const reports = { json: jsonReport, tap: tapReport, junit: junitReport, text: textSummary }

/** `truefork grade -- COMMAND …`: 0 if no check failed, 1 if one did. */
export async function grade(words: readonly string[], options: GradeOptions): Promise<void> {
  checkNames([...(options.only ?? []), ...(options.skip ?? [])])
  const named = checks.filter(({ name }) => isChosen(name, options))
  if (options.list) return list(named.map(({ name, asks }) => [name, asks]))
  if (words.length === 0)
    throw usage("expected a command behind '--', as: truefork grade -- ./server {port}")
  const talk = readWith(options.talk, parseTalk) ?? echoTalk()
  expectWord(words, '{port}', 'where the number of the port belongs')
  if (talk.configuration) {
    expectWord(words, '{config}', 'where the name of its configuration file belongs')
  }
  const terms = {
    command: { words, user: userNamed(options.user) },
    talk,
    timeout: options.timeout * 1000,
    rest: options.rest * 1000,
    maxChildren: options.maxChildren,
    maxProcesses: options.maxProcesses,
    spares: options.spares,
    clientsPerProcess: options.clientsPerProcess,
  }
  const chosen = named.filter(({ wants }) => !wants || wants.isGiven(terms))
  const lacking = options.only && named.find(check => !chosen.includes(check))
  if (lacking) throw usage(`the check '${lacking.name}' wants ${lacking.wants?.what}`)
  if (chosen.length === 0) throw usage('--only and --skip leave no check')
  const names = checks.map(({ name }) => name)
  const points = readWith(options.points, (text, file) => parsePoints(text, names, file))
  const isText = options.format === 'text'
  const tell = (result: Result) => void (isText && console.log(textLine(result)))
  const results = await ask(chosen, terms, points ?? equalPoints, tell).catch(error => {
    throw error instanceof NotStarted
      ? new CommandError(exitStatus.noHandler, error.message)
      : error
  })
  console.log(reports[options.format](results))
  const all = results.map(({ verdict }) => verdict)
  if (all.includes('failed')) process.exit(exitStatus.no)
  if (options.strict && all.includes('not checked')) process.exit(exitStatus.no)
  if (!all.includes('passed')) process.exit(exitStatus.unsafe)
}

const usage = (message: string) => new CommandError(exitStatus.usage, message)

function expectWord(words: readonly string[], word: string, where: string): void {
  if (words.some(given => given.includes(word))) return
  throw usage(`expected ${word} in the command, ${where}, as: truefork grade -- ./server ${word}`)
}

function list(rows: readonly (readonly [string, string])[]): void {
  for (const [name, asks] of rows) console.log(`${name.padEnd(18)}${asks}`)
}

function isChosen(name: string, { only, skip }: GradeOptions): boolean {
  return (only === undefined || only.includes(name)) && !skip?.includes(name)
}

function readWith<T>(file: string | undefined, parse: (text: string, file: string) => T) {
  if (file === undefined) return undefined
  try {
    return parse(readFileSync(file, 'utf8'), file)
  } catch (error) {
    throw new CommandError(exitStatus.configuration, (error as Error).message)
  }
}

function userNamed(name: string | undefined) {
  if (name === undefined) return undefined
  if (process.getuid?.() !== 0) throw usage('--user: only root can start a server as another user')
  const user = getpwnam(name)
  if (!user) throw usage(`--user: there is no user '${name}'`)
  return { uid: user.uid, gid: user.gid }
}

function checkNames(given: readonly string[]): void {
  const unknown = given.find(name => !checks.some(check => check.name === name))
  if (unknown === undefined) return
  throw usage(`there is no check '${unknown}'; see truefork grade --list`)
}
