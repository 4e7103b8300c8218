// What binding.gyp says, for who compiles without node-gyp. It is written so that it is JSON, too.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const file = join(root, 'binding.gyp')

/** @param {'linux' | 'freebsd'} os */
export function readGyp(os) {
  const [target] = JSON.parse(readFileSync(file, 'utf8')).targets
  const [, forOs] = target.conditions.find(([condition]) => condition === `OS=='${os}'`)
  const [, strict] = target.conditions.find(([condition]) => condition === 'truefork_strict==1')
  return {
    sources: [...target.sources, ...forOs.sources],
    defines: target.defines.map(define => `-D${define}`),
    flags: [...target.cflags_cc, ...strict.cflags_cc],
    linkFlags: target.ldflags.map(flag => flag.replace('<(module_root_dir)', root)),
  }
}
