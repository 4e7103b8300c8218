import { misdeed } from '../misdeed.mjs'

export const title = 'a handler that calls process.exit'
export const mayRefuse = true

export const inject = torture => misdeed(torture, 'exit', { code: 3 })
