// `npm start`: the echo server, with a hint of what to type. Arguments after `--` are passed on.
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')
const main = join(root, 'dist/cli/main.js')
const args = process.argv.slice(2)

const { host, port } = parseArgs({
  args,
  strict: false,
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '7777' },
  },
}).values
console.log(`In another terminal:  nc ${host} ${port}`)

// The command runs in this very process, so that Ctrl-C and the process id are the server's own.
process.argv = [process.execPath, main, 'serve', join(root, 'examples/echo.ts'), ...args]
await import(main)
