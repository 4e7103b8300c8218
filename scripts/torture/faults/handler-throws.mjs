import { misdeed } from '../misdeed.mjs'

export const title = 'a handler that throws'
export const mayRefuse = true

export const inject = torture => misdeed(torture, 'throw', { code: 1 })
