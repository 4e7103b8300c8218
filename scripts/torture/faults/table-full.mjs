import { hasStrace, injectErrors } from '../strace.mjs'

export const title = 'no file left in the whole system (ENFILE of accept)'
export const mayRefuse = true
export const missing = hasStrace

export async function inject({ server, goOn }) {
  const isENFILE = ({ reason, detail }) => reason === 'descriptors' && /ENFILE/.test(detail)
  const injected = await injectErrors(server.daemon, ['accept4'], 'ENFILE', 6, () =>
    server.logged('rejected', isENFILE),
  )
  await goOn()
  return `${injected} times ENFILE`
}
