// One call, made of the seed and its number alone: so that it can be told and made again.
import { randomFrom } from '../random.mjs'
import { signatures } from './signatures.mjs'
import { anything, kinds } from './values.mjs'

const names = Object.keys(signatures)
/** Of ten that would be made in a child of their own, which is dear, one is. */
const inPlace = names.filter(name => !signatures[name].apart)
const apart = names.filter(name => signatures[name].apart)

/**
 * @param {string} [only] the one function that is called
 * @returns the name of the function, its arguments as [text, maker], and the kind of each
 */
export function callOf(seed, index, addon, only) {
  const random = randomFrom(
    Math.imul(seed, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b) ^ (index >>> 15),
  )
  const anyName = random.pick(random.below(50) === 0 ? apart : inPlace)
  const name = only ?? anyName
  const { takes } = signatures[name]
  // Mostly as many as it takes; sometimes one less or some more.
  const count = Math.max(0, takes.length + random.pick([0, 0, 0, 0, 0, 0, -1, 1, 5]))
  // Of calls that are refused for their first argument one learns nothing about the second.
  const spoiled = random.below(takes.length + 1)
  const wild = random.below(8) === 0
  const values = Array.from({ length: count }, (_, at) => {
    const kind = takes[at]
    const wrong = kind === undefined || wild || (at === spoiled && random.below(2) === 0)
    return wrong ? anything(random) : kinds[kind](random, addon)
  })
  return { name, values, text: `${name}(${values.map(([text]) => text).join(', ')})` }
}

/** The arguments themselves. Some, when they are read, act on the others. */
export function argumentsOf({ values }) {
  const made = []
  for (const [, make] of values) made.push(make(made))
  return made
}
