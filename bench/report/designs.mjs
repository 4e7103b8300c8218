// The comparison of server designs of UNP (Stevens, Fenner, Rudoff: UNIX Network Programming,
// volume 1), chapter 30. As there, the time that an iterative server needs is the service itself,
// and what a design needs beyond it is the price of its process control.
import { designs } from '../servers/table.mjs'
import { figure, middle } from './format.mjs'
import { labelOf, table } from './text.mjs'

/** Which server shows the bare service: in C, and for each Node its own. */
const iterativeOf = (servers, { node }) =>
  servers.find(each => each.design === 'iterative' && each.node === node)

const order = Object.keys(designs)

export function designSection(servers) {
  // Only rows that can be compared: C, and Node in all its designs.
  const compared = servers
    .filter(({ name, node }) => node !== null || name.startsWith('c-'))
    .toSorted((a, b) => groupOf(a).localeCompare(groupOf(b)) || rank(a) - rank(b))
  if (compared.length < 2) return undefined
  const rows = compared.map(server => {
    const alone = iterativeOf(servers, server)?.processorUs?.median
    const own = server.processorUs?.median
    return [
      labelOf(server),
      designs[server.design],
      figure(own),
      figure(own === undefined || alone === undefined ? undefined : own - alone),
      middle(server.perSecond),
    ]
  })
  const head = ['server', 'design', 'CPU µs', 'process control, CPU µs', 'connections/s']
  return `## Server designs, after UNP, chapter 30\n\n${table(head, rows)}`
}

const groupOf = ({ node }) => node ?? ''
const rank = ({ design }) => order.indexOf(design)
