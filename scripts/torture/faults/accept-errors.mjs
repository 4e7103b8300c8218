import { hasStrace, injectErrors } from '../strace.mjs'

export const title = 'accept loses the client (ECONNABORTED, EPROTO, ENETDOWN)'
export const missing = hasStrace

export async function inject({ server, goOn }) {
  const counts = []
  for (const code of ['ECONNABORTED', 'EPROTO', 'ENETDOWN']) {
    counts.push(`${await injectErrors(server.daemon, ['accept4'], code, 3, () => goOn(2))} ${code}`)
  }
  return `injected: ${counts.join(', ')}`
}
