// truefork as it would be if nobody had ever thought of traces: to see what it costs to ask whether there
// is one. A copy of the build, from which the places that ask are taken out.
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** All that a server without a trace runs of it. */
const places = {
  'server/flowchart.js': ['tracing.now?.enter(role, box);', 'tracing.now?.play() ??'],
  'server/server.js': ['tracing.now?.note(happening);', 'this.live = plan.liveKeeper?.(this);'],
  'server/serverProcess.js': ['server.live?.leave();'],
  'server/processSignals.js': ['server.live?.collect();'],
}

/**
 * @param {string} folder where it is made
 * @returns the path of its command
 */
export function makeNeverTraced(folder) {
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  for (const name of ['node_modules', 'build']) symlinkSync(join(root, name), join(folder, name))
  for (const [name, texts] of Object.entries(places)) {
    const file = join(folder, 'dist', name)
    writeFileSync(file, texts.reduce(without, readFileSync(file, 'utf8')))
  }
  return join(folder, 'dist/cli/main.js')
}

function without(code, text) {
  if (!code.includes(text)) throw new Error(`bench:trace: no '${text}' in the build any more`)
  return code.replace(text, '')
}
