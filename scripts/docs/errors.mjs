// The section ERRORS of a page, from the `@throws` of a docstring:
//   SystemError ENOENT, EACCES; EMFILE: no descriptor left. TypeError: no address
import * as numbers from '../../dist/posix/constants.js'
import { systemError } from '../../dist/posix/errors.js'

const constants = new Map(Object.entries(numbers))

/** A list: each code with its reason, or with what the system says of it. */
export function errorsFrom(throws = '') {
  const text = throws.replace(/\s+/g, ' ').trim()
  const nothing = /^nothing(?:: (.*))?$/.exec(text)
  if (nothing) return nothing[1] ? `None: ${nothing[1]}.` : 'None.'
  return text
    .split(/\. (?=[A-Z]\w*(?:Error\b|\b))/)
    .flatMap(part => entriesOf(part.replace(/\.$/, '')))
    .join('\n')
}

function entriesOf(part) {
  const system = /^SystemError (?=E[A-Z0-9]+\b)(.*)$/.exec(part)
  if (!system) return [`- ${part}.`]
  return system[1].split('; ').flatMap(entry => {
    const [, codes, reason] = /^((?:(?:, | or )?E[A-Z0-9]+(?: \([^)]*\))?)+)(?:: (.*))?$/.exec(
      entry,
    ) ?? [undefined, entry]
    return codes.split(/, | or /).map(each => {
      const [, code, when] = /^(\S+)(?: \((.*)\))?$/.exec(each) ?? [undefined, each]
      const why = reason ?? when ?? meaning(code)
      return `- \`${code}\`: ${why}.`
    })
  })
}

/** What perror(3) says. */
function meaning(code) {
  const number = constants.get(code)
  if (number === undefined) return 'see errno(2)'
  const [, text] = /: (.*) \(\w+\)$/.exec(systemError(number, '').message)
  return text[0].toLowerCase() + text.slice(1)
}
