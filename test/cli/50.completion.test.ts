// truefork completion, in real shells: somebody types, and presses Tab.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { command, runCommand } from '../support/server.ts'
import { PATIENCE, Terminal } from '../support/terminal.ts'
import { until } from '../support/until.ts'

type Shell = 'bash' | 'zsh' | 'fish'
const shells: Shell[] = ['bash', 'zsh', 'fish']
const isThere = (program: string) => spawnSync(program, ['--version']).status === 0

const completionFor = (shell: Shell) =>
  execFileSync(process.execPath, [command, 'completion', shell], { encoding: 'utf8' })

/** A home in which the shell finds its completion, as docs/installing.md has it; and some files. */
function homeWith(shell: Shell): string {
  const home = temporaryFolder()
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(home, name)), { recursive: true })
    writeFileSync(join(home, name), text)
  }
  const script = completionFor(shell)
  if (shell === 'bash') {
    write('completion', script)
    write('.bashrc', `PS1='$ '\nsource ~/completion\n`)
  }
  if (shell === 'zsh') {
    write('functions/_truefork', script)
    write('.zshrc', `PS1='$ '\nfpath=(~/functions $fpath)\nautoload -Uz compinit\ncompinit -u -D\n`)
  }
  if (shell === 'fish') {
    write('.config/fish/completions/truefork.fish', script)
    const prompt = `function fish_prompt\n  echo -n '$ '\nend\n`
    write(
      '.config/fish/config.fish',
      `set fish_greeting\nset -g fish_autosuggestion_enabled 0\n${prompt}`,
    )
  }
  for (const name of ['hello.ts', 'notes.txt', 'echo.toml', 'handlers/one.ts'])
    write(`here/${name}`, '')
  for (const name of ['truefork', 'serves-everybody']) {
    write(`bin/${name}`, '#!/bin/sh\n')
    chmodSync(join(home, 'bin', name), 0o755)
  }
  return home
}

const cases = [
  ['truefork comp', 'truefork completion'],
  ['truefork completion z', 'truefork completion zsh'],
  ['truefork serve --log-l', 'truefork serve --log-level'],
  ['truefork serve --log j', 'truefork serve --log json'],
  ['truefork serve --log=j', 'truefork serve --log=json'],
  ['truefork serve --log-level=debug --mod', 'truefork serve --log-level=debug --model'],
  ['truefork serve --break no-ei', 'truefork serve --break no-eintr'],
  ['truefork serve hel', 'truefork serve hello.ts'],
  ['truefork serve hello.ts --conf', 'truefork serve hello.ts --config'],
  ['truefork serve --daemon --config ech', 'truefork serve --daemon --config echo.toml'],
  ['truefork serve --chroot han', 'truefork serve --chroot handlers/'],
  ['truefork serve --user roo', 'truefork serve --user root'],
  ['truefork exec --stderr cl', 'truefork exec --stderr client'],
  ['truefork exec -- serves-ev', 'truefork exec -- serves-everybody'],
  ['truefork exec -- serves-everybody note', 'truefork exec -- serves-everybody notes.txt'],
  ['truefork run hello.ts note', 'truefork run hello.ts notes.txt'],
  ['truefork timeline --fo', 'truefork timeline --format'],
  ['truefork top --sort mem', 'truefork top --sort memory'],
  ['truefork grade --only zo', 'truefork grade --only zombies'],
] as const

describe.each(shells.filter(isThere))('%s', shell => {
  test('Tab completes', { timeout: 4 * PATIENCE }, async () => {
    const home = homeWith(shell)
    const terminal = new Terminal(
      ['env', '-C', join(home, 'here'), shell, ...(shell === 'bash' ? ['--noprofile'] : []), '-i'],
      ':',
      {
        env: { HOME: home, XDG_CONFIG_HOME: '', PATH: `${join(home, 'bin')}:${process.env.PATH}` },
      },
    )
    const line = () =>
      terminal
        .screen()
        // zsh offers an equals sign, too, which goes away when a space is typed.
        .map(text => text.trimEnd().replace(/=$/, ''))
        .filter(text => text !== '')
        .at(-1)
    const shows = (text: string) =>
      until(() => line() === text, { what: text, deadline: PATIENCE }).catch(error => {
        throw new Error(`${error.message}; there is\n${terminal.screen().join('\n')}`)
      })
    await shows('$')
    for (const [typed, completed] of cases) {
      terminal.press(typed)
      await shows(`$ ${typed}`)
      terminal.press('Tab')
      await shows(`$ ${completed}`)
      terminal.press('C-u')
      await shows('$')
    }
    // What a command does not have is not completed.
    terminal.press('truefork exec --idle', 'Tab', 'x')
    await shows('$ truefork exec --idlex')
  })
})

const named = async (name: string) =>
  (await runCommand([name, '--help'])).out
    .flatMap(line => /^ {2}(?:(-\w), )?(--[a-z\d-]+)/.exec(line)?.slice(1) ?? [])
    .filter(Boolean)
    .sort()

const commands = 'serve run exec check explain timeline top grade completion'.split(' ')

test.each(commands)('bash has the options of %s --help', async name => {
  const ask = `COMP_WORDS=(truefork ${name} -) COMP_CWORD=2; _truefork; printf '%s\\n' "\${COMPREPLY[@]}"`
  const script = `${completionFor('bash')}\n${ask}`
  const out = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' })
  expect(out.trim().split('\n').sort()).toEqual(await named(name))
})

test.runIf(isThere('fish'))('fish has the options of serve --help', async () => {
  const script = `${completionFor('fish')}\ncomplete -C 'truefork serve --'`
  const out = execFileSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' })
  const long = out
    .trim()
    .split('\n')
    .map(line => line.split('\t')[0]) // name, tab, help
  expect(long.sort()).toEqual(await named('serve'))
})

test.each([
  ['no shell', [], "missing required argument 'shell'"],
  ['another shell', ['csh'], 'Allowed choices are bash, zsh, fish'],
])('%s: status 64', async (_, args, message) => {
  const { code, err } = await runCommand(['completion', ...args])
  expect(code).toBe(64)
  expect(err.join()).toContain(message)
})
