import { misdeed } from '../misdeed.mjs'

export const title = 'a handler that aborts'
export const mayRefuse = true

export const inject = torture => misdeed(torture, 'abort', { signal: 'SIGABRT' })
