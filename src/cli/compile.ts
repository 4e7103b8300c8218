// A process of its own: TypeScript on standard input, JavaScript on standard output.
import { readFileSync } from 'node:fs'
import { createJiti } from 'jiti'

const options = JSON.parse(readFileSync(0, 'utf8'))
const jiti = createJiti(import.meta.url, { fsCache: false })
process.stdout.write(JSON.stringify({ code: jiti.transform(options) }))
