// docs/reference: a manual page for each function and class of the programming interface, one for
// all types and one for all constants, and an index. From the docstrings; see CONTRIBUTING.md.

import { errorsFrom } from './errors.mjs'
import { documentedExports } from './exports.mjs'

const folder = 'docs/reference'
const repository = '../..'

/** @returns {Map<string, string>} the text of each page, by its file */
export function makeReference() {
  const all = documentedExports()
  const pages = all
    .filter(({ kind }) => kind === 'function' || kind === 'class')
    .map(each => ({ ...each, section: sectionOf(each) }))
    .sort((a, b) => plain(a.name).localeCompare(plain(b.name)))
  const texts = pages.map(page => [fileOf(page), pageOf(page, pages)])
  const types = all.filter(({ kind }) => kind === 'type')
  const constants = all.filter(({ kind }) => kind === 'constant')
  return new Map(
    [
      ...texts,
      ['types.7.md', typesPage(types)],
      ['constants.7.md', constantsPage(constants)],
      ['README.md', index(pages)],
    ].map(([file, text]) => [`${folder}/${file}`, text]),
  )
}

const plain = name => name.replace(/^_/, '').toLowerCase()
const fileOf = ({ name, section }) => `${name}.${section}.md`
const titleOf = ({ name, section }) => `${name}(${section})`

/** 2 for what the system has as a call of that name, 3 for functions that the system or only truefork has. */
function sectionOf({ name, see = '' }) {
  const same = [...see.matchAll(/(\w+)\((\d)\)/g)].find(([, called]) => called === name)
  return same ? Number(same[2]) : 3
}

function pageOf(page, pages) {
  const { name, kind, description, example, members } = page
  const [summary, ...rest] = paragraphs(description)
  const sections = [
    ['NAME', `${code(name)} — ${headline(summary)}`],
    ['SYNOPSIS', synopsis(page)],
    ['DESCRIPTION', [summary, ...rest, parameters(page)].filter(Boolean).join('\n\n')],
    ...(kind === 'function' ? [['RETURN VALUES', returnsOf(page)]] : []),
    ...(kind === 'class' ? [['MEMBERS', membersOf(name, members)]] : []),
    ...(kind === 'function' ? [['ERRORS', errorsFrom(page.throws)]] : []),
    ...(example ? [['EXAMPLES', fenced(example)]] : []),
    ['SEE ALSO', seeAlso(page, pages)],
  ]
  const text = sections.map(([title, body]) => `## ${title}\n\n${body}\n`).join('\n')
  return `${made}\n# ${titleOf(page)}\n\n${text}`
}

const made = '<!-- Made by `npm run docs` from the docstrings of src. -->'
const code = text => `\`${text}\``
const fenced = text => `\`\`\`ts\n${text}\n\`\`\``
const paragraphs = text => text.split(/\n{2,}/).map(joined)

/** One line, but for lists and code. */
const joined = text => text.replace(/\n(?!\s*[-*])/g, ' ')

/** The first sentence, as the line of NAME has it. */
function headline(summary) {
  const [first] = /^.*?[^.][.:;](?=\s|$)/.exec(summary) ?? [summary]
  const text = first.replace(/[.:;]$/, '')
  return text[0].toLowerCase() + text.slice(1)
}

const sentence = text => {
  const whole = joined(text)
  const isName = /^[`A-Z]{2}|^`/.test(whole)
  const begun = isName ? whole : whole[0].toUpperCase() + whole.slice(1)
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}

function synopsis({ name, kind, entries, signatures }) {
  const imports = entries.map(entry =>
    kind === 'class' && !isThrown(name)
      ? `import type { ${name} } from '${entry}'`
      : `import { ${name} } from '${entry}'`,
  )
  const uses = signatures.map(signature => `${signature}`)
  return fenced([imports.join('\n// or\n'), ...uses].join('\n\n'))
}

const isThrown = name => name.endsWith('Error')

function parameters({ params }) {
  if (params.length === 0) return undefined
  return params.map(({ name, text }) => `- ${code(name)}: ${joined(text)}`).join('\n')
}

const returnsOf = ({ returns, isVoid }) => (returns ? sentence(returns) : isVoid ? 'Nothing.' : '')

/** Properties first, then methods, each as others write it. */
function membersOf(name, members) {
  const owner = name[0].toLowerCase() + name.slice(1)
  const isOwn = isThrown(name) ? 'error' : owner
  return members
    .filter(({ description }) => description !== '')
    .map(member => {
      const { signatures, description, params, returns, throws, example } = member
      const written = signatures[0] ?? member.name
      const iterates = {
        iterator: `for (… of ${isOwn})`,
        asyncIterator: `for await (… of ${isOwn})`,
      }
      const symbol = /^__@(iterator|asyncIterator)@/.exec(member.name)?.[1]
      const heading = symbol ? iterates[symbol] : `${isOwn}.${written}`
      const parts = [
        `### ${code(heading)}`,
        ...paragraphs(description),
        parameters({ params }),
        returns && `Returns ${joined(returns)}.`,
        throws && `Errors: ${joined(throws)}.`,
        example && fenced(example),
      ]
      return parts.filter(Boolean).join('\n\n')
    })
    .join('\n\n')
}

// Calls that a reader looks for together, though they stand in files of their own.
const families = [
  ['processes', 'wait', 'execve'],
  ['signals', 'signalMask', 'signalNames'],
  ['sockets', 'socketOptions', 'inet'],
]
const familyOf = file =>
  families.find(names => names.some(name => file === `src/posix/${name}.ts`)) ?? file

/** The manual pages that the docstring names, ours where there is one of that name, then the family. */
function seeAlso(page, pages) {
  const named = linked(joined(page.see ?? ''), page, pages)
  const family = pages
    .filter(({ file, name }) => familyOf(file) === familyOf(page.file) && name !== page.name)
    .map(other => `[${titleOf(other)}](${fileOf(other)})`)
  const more = ['[types(7)](types.7.md)', '[constants(7)](constants.7.md)']
  const source = `[${page.file}](${repository}/${page.file})`
  return [named && `${named}.`, `${[...family, ...more].join(', ')}.`, `Source: ${source}`]
    .filter(Boolean)
    .join('\n\n')
}

function linked(text, page, pages) {
  const manuals = text.replace(/\b(\w+)\((\d)\)/g, (whole, name, section) => {
    const own = pages.find(other => titleOf(other) === whole)
    // The page of the same name is this one: the system's is meant.
    if (own && own.name !== page.name) return `[${whole}](${fileOf(own)})`
    return `[${whole}](${manualOf(name, section)})`
  })
  return manuals.replace(/\bdocs\/([\w.]+\.md)/g, '[docs/$1](../$1)')
}

/** Where what both systems have is alike, FreeBSD's text; Linux's for what only Linux has so. */
const manualOf = (name, section) =>
  section === '7' || name === 'prctl'
    ? `https://man7.org/linux/man-pages/man${section}/${name}.${section}.html`
    : `https://man.freebsd.org/${name}/${section}`

function typesPage(types) {
  const parts = types.map(({ name, description, source, entries }) => {
    const from = entries.map(code).join(' and ')
    return [
      `## ${name}`,
      `From ${from}.`,
      ...(description ? paragraphs(description) : []),
      fenced(source),
    ].join('\n\n')
  })
  return `${made}\n# types(7)\n\nThe types of \`truefork\` and \`truefork/posix\`.\n\n${parts.join('\n\n')}\n`
}

function constantsPage(constants) {
  const groups = Map.groupBy
    ? Map.groupBy(constants, ({ name }) => groupOf(name))
    : constants.reduce((all, each) => {
        const group = groupOf(each.name)
        return all.set(group, [...(all.get(group) ?? []), each])
      }, new Map())
  const rows = [...groups].map(
    ([group, members]) => `| ${group} | ${members.map(({ name }) => code(name)).join(' ')} |`,
  )
  const told = constants
    .filter(({ description }) => description !== '')
    .map(({ name, description }) => `- ${code(name)}: ${joined(description)}`)
  const about =
    'The constants of `truefork/posix` are numbers, and have the values that the headers of this system give them.'
  return `${made}\n# constants(7)\n\n${about}\n\n| | |\n|---|---|\n${rows.join('\n')}\n\n${told.join('\n')}\n`
}

const groupOf = name =>
  [
    [/^SIG[A-Z0-9]+$/, 'signals'],
    [/^E[A-Z0-9]+$/, 'errors'],
    [/^(AF|SOCK|SO|SOL|MSG|IPPROTO|TCP|IPV6|SHUT|SUN)_|^SOMAXCONN$/, 'sockets'],
    [/^(O|F|FD)_/, 'files and descriptors'],
    [/^POLL|^PIPE_BUF$/, 'poll and pipe'],
    [/^LOCK_/, 'locks'],
    [/^(W[A-Z]+|P_\w+|CLD_\w+)$/, 'waiting for children'],
    [/^(SA|SIG)_/, 'sigaction and sigprocmask'],
    [/^(RLIMIT|PRIO)_/, 'limits and priorities'],
  ].find(([pattern]) => pattern.test(name))?.[1] ?? 'others'

function index(pages) {
  const sections = [
    [2, 'System calls', 'The calls of the kernel, one to one, from `truefork/posix`.'],
    [3, 'Functions and classes', 'Functions of the C library, and what truefork has of its own.'],
  ]
  const parts = sections.map(([number, title, about]) => {
    const rows = pages
      .filter(({ section }) => section === number)
      .map(
        page =>
          `| [${titleOf(page)}](${fileOf(page)}) | ${headline(paragraphs(page.description)[0])} |`,
      )
    return `## ${number}: ${title}\n\n${about}\n\n| | |\n|---|---|\n${rows.join('\n')}\n`
  })
  const seventh = `## 7: Everything else

| | |
|---|---|
| [types(7)](types.7.md) | the types of both entries |
| [constants(7)](constants.7.md) | the constants of \`truefork/posix\` |
| [truefork(1)](../../man/truefork.1) | the command |
`
  const about = `The programming interface of \`truefork\` and \`truefork/posix\`, a page for each function, in the style of
manual pages. The sections are those of the manual: what the system has as a call stands in section 2.`
  return `${made}\n# Reference\n\n${about}\n\n${parts.join('\n')}\n${seventh}`
}
