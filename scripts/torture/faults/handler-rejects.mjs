import { misdeed } from '../misdeed.mjs'

export const title = 'an asynchronous handler that rejects'
export const mayRefuse = true

export const inject = torture => misdeed(torture, 'reject', { code: 1 })
