// Every function of the native part, called with anything, a million times:
//   npm run fuzz:bindings
//   npm run fuzz:bindings -- --seed 7 --calls 1000000
//   npm run fuzz:bindings -- --seed 7 --from 4711 --calls 1      one call again
// Each call ends in an error or in a sane answer. What crashes, hangs or answers nonsense is a fault, and
// is told with its number; the same seed makes the same calls. Exit status: 0 without a fault, 1 with
// one, 69 where the system gives no namespaces.
//
// Calls that act on other processes, on the network or on users are made in namespaces (unshare(1)),
// where there are none; what changes or ends a process, in a child of its own. scripts/fuzz/bindings
// tells of each function what it takes, and of each sort of argument why it does no harm.
import { parseArgs } from 'node:util'
import { fuzzBindings } from './fuzz/bindings/supervise.mjs'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
    calls: { type: 'string', default: '1000000' },
    from: { type: 'string', default: '0' },
    /** The one function that is called. */
    only: { type: 'string' },
    /** What loads the native part: to see that the faults of another are found. */
    addon: {
      type: 'string',
      default: new URL('../dist/posix/nativePart.js', import.meta.url).href,
    },
  },
})
const number = name => {
  const value = Number(values[name])
  if (Number.isSafeInteger(value) && value >= 0) return value
  console.error(`truefork: --${name}: a whole number, 0 or more; not ${values[name]}`)
  process.exit(64)
}
const options = {
  ...{ seed: number('seed'), from: number('from'), calls: number('calls') },
  ...{ only: values.only, addon: values.addon },
}
console.log(`seed ${options.seed}`)
const { report, status } = await fuzzBindings(options, line => console.log(line))
console.log(JSON.stringify(report))
process.exit(status)
