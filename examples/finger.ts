// The finger server (RFC 1288): who is here, and what has somebody written into their plan? People are
// the files of a folder: the first line of each is a name, the rest is the plan.
//
//   mkdir plans && printf 'Alice Liddell\nTea at five.\n' >plans/alice
//   truefork serve examples/finger.ts --config finger.toml          (with what stands below)
//   echo | nc 127.0.0.1 7979                                        who is here?
//   echo alice | nc 127.0.0.1 7979                                  what does Alice plan?
//
//   port = 7979
//   idle-timeout = 30
//   [handler]
//   plans = "plans"
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Connection } from 'truefork'

// The daemon process in the background works in another directory.
const start = process.cwd()
const longestQuestion = 512
const longestPlan = 10_000

export default function finger(connection: Connection): void {
  const { plans = 'plans' } = connection.settings
  const question = connection.readLine(longestQuestion)
  if (question === null) return
  const answer = answerTo(question, resolve(start, String(plans)))
  connection.write(answer.replace(/\n/g, '\r\n'))
}

// {Q1} ::= [{W}|{W}{S}{U}]{C}, and {Q2} with @host, which would make us ask others for strangers.
function answerTo(question: string, folder: string): string {
  const [, , wanted = ''] = /^\s*(\/W\b)?\s*(.*?)\s*$/i.exec(question) ?? []
  if (wanted.includes('@')) return 'Finger forwarding service denied\n'
  if (wanted === '') return list(folder)
  return isName(wanted) && people(folder).includes(wanted) ? planOf(folder, wanted) : noSuch(wanted)
}

const isName = (text: string) => /^[a-z0-9][a-z0-9_-]{0,31}$/.test(text)

// Only names that finger could ask for: no hidden files, none of an editor's.
const people = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile() && isName(entry.name))
    .map(({ name }) => name)
    .sort()

function list(folder: string): string {
  const lines = people(folder).map(name => `${name.padEnd(16)} ${read(folder, name).name}\n`)
  return `Login            Name\n${lines.join('')}`
}

function planOf(folder: string, login: string): string {
  const { name, plan } = read(folder, login)
  return `Login: ${login}\nName: ${name}\n${plan === '' ? 'No Plan.' : `Plan:\n${plan}`}\n`
}

const noSuch = (wanted: string) => `finger: ${printable(wanted)}: no such user.\n`

function read(folder: string, login: string): { name: string; plan: string } {
  const text = printable(readFileSync(join(folder, login), 'utf8').slice(0, longestPlan))
  const [name = '', ...plan] = text.split('\n')
  return { name, plan: plan.join('\n').trimEnd() }
}

// RFC 1288, 3.3: what people write must not make other people's terminals do things.
const printable = (text: string) => text.replace(/[^\P{C}\n\t]/gu, '')
