// What `truefork run FILE.ts` becomes: the script finds its own name and arguments in process.argv.
import '../fork/start.ts' // notes the arguments as they are now
import { importTypeScript } from './typescript.ts'

process.argv.splice(1, 1)
process.setSourceMapsEnabled(true)
await importTypeScript(process.argv[1] as string)
