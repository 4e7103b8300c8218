// The configurations of docs/scaling.md, as the programs themselves judge them.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasHaproxy, hasNginx } from '../support/balancer.ts'
import { temporaryFolder } from '../support/folder.ts'

const docs = readFileSync(join(import.meta.dirname, '../../docs/scaling.md'), 'utf8')

/** The block of that language, in a file; some of it replaced. */
function written(language: string, ...replaced: [string, string][]): string {
  let text = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(docs)![1]!
  for (const [from, to] of replaced) {
    expect(text).toContain(from)
    text = text.replace(from, to)
  }
  const file = join(temporaryFolder(), language)
  writeFileSync(file, text)
  return file
}

const run = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: 'pipe' })

test.runIf(hasHaproxy)('HAProxy', () => {
  expect(String(run('haproxy', '-c', '-f', written('haproxy')))).toBe(
    'Configuration file is valid\n',
  )
  const wrong = written('haproxy', ['send-proxy-v2', 'send-proxy-v9'])
  expect(() => run('haproxy', '-c', '-f', wrong)).toThrow('send-proxy-v9')
})

test.runIf(hasNginx)('nginx', () => {
  const folder = temporaryFolder()
  const modules = ['modules/', '/usr/lib/nginx/modules/'] as [string, string]
  const check = (file: string) =>
    run('nginx', '-t', '-q', '-p', folder, '-e', 'stderr', '-g', `pid ${folder}/pid;`, '-c', file)
  check(written('nginx', modules))
  const wrong = written('nginx', modules, ['proxy_protocol on', 'proxy_protocol maybe'])
  expect(() => check(wrong)).toThrow('maybe')
})
