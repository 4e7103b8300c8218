// Headers of the PROXY protocol, right and wrong, by the hundred thousand:
//   npm run fuzz:proxy
//   npm run fuzz:proxy -- --seed 7 --headers 1000000 --connections 0
// In this process against another reading of the specification, and over sockets against a real server.
// Ends with 0 if none was misunderstood, and none believed that comes from elsewhere. The same seed
// makes the same headers.
import { parseArgs } from 'node:util'
import { fuzzParser } from './fuzz/inProcess.mjs'
import { fuzzServer } from './fuzz/overSockets.mjs'
import { randomFrom } from './fuzz/random.mjs'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
    headers: { type: 'string', default: '100000' },
    connections: { type: 'string', default: '1000' },
    /** Another parser, to see that its faults are found. */
    parser: {
      type: 'string',
      default: new URL('../dist/server/proxyHeader.js', import.meta.url).href,
    },
  },
})
const seed = Number(values.seed)
console.log(`seed ${seed}`)

let faults = 0
const onFault = message => {
  faults++
  if (faults <= 20) console.log(`fault: ${message}`)
}
const { parseProxyHeader } = await import(values.parser)
const headers = fuzzParser(parseProxyHeader, randomFrom(seed), Number(values.headers), onFault)
const count = Number(values.connections)
const connections = count > 0 ? await fuzzServer(randomFrom(seed), count, onFault) : {}
console.log(JSON.stringify({ node: process.version, seed, headers, connections, faults }))
process.exit(faults === 0 ? 0 : 1)
