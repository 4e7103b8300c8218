// The numbers of the native part, beside those of the C headers for arm64 that the distribution has. The
// binary was compiled with other headers, which the compiler brings.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { NotChecked } from '../verify-host/server.mjs'
import { compileForArm64, folder, prefix } from './emulator.mjs'

const headers = [
  ...['errno', 'fcntl', 'linux/limits', 'netinet/in', 'netinet/tcp', 'poll', 'signal', 'sys/file'],
  ...['sys/resource', 'sys/socket', 'sys/un', 'sys/wait', 'unistd'],
]
/** What no header has under this name. */
const expressions = { SUN_PATH_MAX: 'sizeof(((struct sockaddr_un *)0)->sun_path) - 1' }
/** Asked of the running system. */
const ofRunTime = ['CLK_TCK']

/** Those that differ, by name. */
export function differing(numbers, include = join(prefix, 'include')) {
  if (!existsSync(join(include, 'signal.h'))) {
    throw new NotChecked('no headers for arm64: apt-get install libc6-dev-arm64-cross')
  }
  const names = Object.keys(numbers).filter(name => !ofRunTime.includes(name))
  const source = [
    ...headers.map(name => `#include <${name}.h>`),
    ...names.map(
      name =>
        `_Static_assert((int)(${expressions[name] ?? name}) == ${numbers[name]}, "${name};");`,
    ),
  ].join('\n')
  // By -I they are found before those that the compiler brings; both set some macros of the compiler's.
  const options = ['-w', '-D_GNU_SOURCE', '-ferror-limit=0', '-I', include]
  const output = join(folder, 'constants.o')
  const { status, stderr } = compileForArm64(['-x', 'c', '-', '-c', '-o', output, ...options], {
    input: source,
  })
  const found = [...stderr.matchAll(/error: static assertion failed.*?: (\w+);/g)].map(
    ([, name]) => name,
  )
  if ((status === 0) !== (found.length === 0)) throw new Error(stderr)
  return { count: names.length, found }
}
