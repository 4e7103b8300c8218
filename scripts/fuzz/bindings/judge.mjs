// Is this a sane answer? An error says what was wrong, a number is a result or a known errno.
import { Thrown } from './hostile.mjs'

const lowestErrno = -4095

/** @returns {'refused' | 'errno' | 'done'} or throws what is wrong with the answer */
export function judgeResult(name, result, addon) {
  if (typeof result === 'number') {
    if (!Number.isInteger(result)) throw new Error(`it answers ${result}`)
    if (result >= 0 || result < lowestErrno) return expectId(name, result)
    const [errno] = addon.describeErrno(-result)
    if (errno === 'EUNKNOWN')
      throw new Error(`it answers ${result}, which is no errno that it knows`)
    return 'errno'
  }
  if (['bigint', 'symbol', 'function', 'boolean'].includes(typeof result)) {
    throw new Error(`it answers a ${typeof result}`)
  }
  return 'done'
}

function expectId(name, result) {
  if (result < 0) throw new Error(`${name} answers ${result}`)
  return 'done'
}

/** Ours says what was expected, one of JavaScript's comes as it is; anything else is none. */
export function judgeError(error) {
  if (error instanceof Thrown) return 'thrown'
  if (error instanceof TypeError || error instanceof RangeError) {
    if (error.message.length > 5) return 'refused'
  }
  throw new Error(`it throws ${error?.name}: ${error?.message}`)
}
