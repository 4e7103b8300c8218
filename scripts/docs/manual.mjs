// man/truefork.1, in the language of mdoc(7): the text of truefork.1.in, and in it the commands and
// options by the definitions that the command line itself reads and --help shows.
import { readFileSync } from 'node:fs'
import { program } from '../../dist/cli/command.js'

const width = 80
const template = new URL('truefork.1.in', import.meta.url)

export const manual = { file: 'man/truefork.1', make }

function make() {
  const filled = readFileSync(template, 'utf8').replace(/^@(\w+) ?(.*)@$/gm, (_, what, words) =>
    parts[what](...words.split(' ')),
  )
  return filled.replace(
    /^(?:\.\\".*\n)+/,
    '.\\" Made by `npm run docs` from scripts/docs/truefork.1.in.\n',
  )
}

const parts = {
  commands: () =>
    list(
      program().commands.map(command => [`Cm ${command.name()}`, sentences(command.description())]),
    ),
  options: (name, other) =>
    list(optionsOf(name, other).map(option => [flags(option), text(option)])),
  // What one command has that the other does not.
  except: (name, other) =>
    [
      'but',
      ...joined(
        optionsOf(other, `-${name}`).map(({ long }) => `.Fl ${long.slice(1)}`),
        'and',
      ),
    ].join('\n'),
}

/** The options of a command; with `-OTHER`, those that the other command does not have. */
function optionsOf(name, other) {
  const own = shown(name)
  if (!other) return own
  const known = shown(other.slice(1)).map(({ long }) => long)
  return own.filter(({ long }) => !known.includes(long))
}

function shown(name) {
  const command = program().commands.find(each => each.name() === name)
  return command.createHelp().visibleOptions(command)
}

const list = items =>
  ['.Bl -tag -width Ds', ...items.flatMap(([tag, body]) => [`.It ${tag}`, body]), '.El'].join('\n')

function flags({ short, long, flags }) {
  const names = [short, long].filter(Boolean).map(name => `Fl ${name.slice(1)}`)
  const argument = /<(.*)>/.exec(flags)?.[1]
  return names.join(' , ') + (argument ? ` Ar ${argument}` : '')
}

function text(option) {
  const [, help, preset] = /^(.*?)(?: \(default: (.*)\))?$/.exec(option.description)
  const known = preset ?? option.defaultValueDescription ?? option.defaultValue
  const choices = option.argChoices ?? []
  const isTold = choices.every(choice => help.includes(choice))
  const more = [
    isTold ? undefined : `One of ${joined(choices, 'and').join(' ')}.`,
    known === undefined ? undefined : `The default is ${known}.`,
  ]
  return [sentences(help, choices), ...more.filter(Boolean).map(fold)].join('\n')
}

/** `a`, `a and b`, `a, b and c`: the words one by one, with the commas behind them. */
function joined(words, and) {
  const space = words[0].startsWith('.') ? ' ,' : ','
  return words.flatMap((word, index) => {
    if (index === words.length - 1) return index === 0 ? [word] : [and, word]
    return [index < words.length - 2 ? word + space : word]
  })
}

/** @param {string[]} names words that are written as they are, also at the beginning */
const sentences = (help, names = []) => {
  const isName = names.some(name => help.startsWith(name))
  const whole = isName ? help : help[0].toUpperCase() + help.slice(1)
  return fold(/[.?!]$/.test(whole) ? whole : `${whole}.`)
}

/** As many words on a line as there is room for; what mdoc would read as markup is none. */
function fold(sentence) {
  const lines = ['']
  for (const word of sentence.replaceAll('\\', '\\e').replaceAll('--', '\\-\\-').split(' ')) {
    const line = lines.at(-1)
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length < width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.map(line => line.replace(/^[.']/, '\\&$&')).join('\n')
}
