// The packed package on a machine without compilers, from which nothing can be reached but npm's registry.
import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import { runToEnd } from '../support/end.ts'
import { Outsider } from '../support/outsider.ts'
import { startRegistryProxy } from '../support/registryProxy.ts'

const relay = join(import.meta.dirname, '../fixtures/package/relay.mjs')
const outsider = new Outsider()
afterAll(() => outsider.remove())

/** A command of the outsider's in a network of its own, in which only the proxy answers. */
function alone(proxy: string, ...command: string[]) {
  const script = 'ip link set lo up && exec "$0" "$@"'
  const namespace = ['--user', '--map-root-user', '--net', 'sh', '-c', script]
  const [name, ...args] = command as [string, ...string[]]
  const words = [process.execPath, relay, proxy, join(outsider.folder, 'bin', name), ...args]
  // `unshare`, `sh` and `ip` are the test's own; the outsider's PATH comes with what they start.
  const env = ['env', `PATH=${outsider.env.PATH}`, ...words]
  return runToEnd('unshare', [...namespace, ...env], {
    cwd: outsider.folder,
    env: { ...outsider.env, PATH: process.env.PATH },
  })
}

test('nothing else answers there', async () => {
  const proxy = await startRegistryProxy()
  const script = `fetch('https://nodejs.org').then(() => process.exit(1), ({ cause }) => console.log(cause.code))`
  const { status, stdout } = await alone(proxy.path, 'node', '-e', script)
  expect({
    status,
    failed: /^(EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH)\n$/.test(stdout),
  }).toEqual({
    status: 0,
    failed: true,
  })
  proxy.close()
})

test('it installs, from the registry alone, and fork is safe', async () => {
  const proxy = await startRegistryProxy()
  const scripts = '"allowScripts": { "truefork": true }'
  outsider.write('package.json', `{ "name": "outsider", "type": "module", ${scripts} }\n`)
  const cache = join(outsider.folder, 'cache') // nothing is there already
  const quiet = ['--no-audit', '--no-fund', '--foreground-scripts', '--cache', cache]
  const { status, all } = await alone(proxy.path, 'npm', 'install', ...quiet, inject('tarball'))
  expect(status, all).toBe(0)
  expect(all).toContain('a prebuilt binary fits')
  expect(proxy.refused).toEqual([])
  expect(new Set(proxy.reached)).toEqual(new Set([proxy.allowed]))

  const { status: safe, all: said } = await alone(proxy.path, 'npx', 'truefork', 'check')
  expect(safe, said).toBe(0)
  expect(said).toContain('fork is safe here')
  proxy.close()
})
