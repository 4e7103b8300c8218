// The judge as a command. That its verdicts are right is what scripts/grade-matrix.mjs proves.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { runCommand, startCommand } from '../support/server.ts'

const source = fileURLToPath(new URL('../grade/servers/echo.c', import.meta.url))
const python = fileURLToPath(new URL('../grade/servers/echo.py', import.meta.url))

/** A judge waits, rather than be wrong, while the machine has other things to do. */
const LONG = 240_000

/** The echo server, compiled with a mistake or without. */
function compile(...mistakes: string[]): string {
  const program = join(temporaryFolder(), 'server')
  execFileSync('cc', ['-std=gnu11', ...mistakes.map(name => `-D${name}`), '-o', program, source])
  return program
}

/** Runs the judge to its end. */
async function grade(args: readonly (string | number)[]) {
  const judge = startCommand(['grade', ...args])
  const { code } = await judge.ended(LONG)
  // Nothing that it started is left, whoever its parent is.
  expect(judge.relatives()).toEqual([])
  return { code, out: judge.stdout.all.join('\n'), err: judge.stderr.all.join('\n') }
}

function file(name: string, text: string): string {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, text)
  return path
}

describe('wrong usage', () => {
  test.each([
    ['no command', [], "expected a command behind '--'"],
    ['no port', ['--', './server'], 'expected {port} in the command'],
    ['no such check', ['--only', 'zombie', '--', 'x', '{port}'], "there is no check 'zombie'"],
    ['no check left', ['--only', 'idle', '--skip', 'idle', '--', 'x', '{port}'], 'leave no check'],
    ['no number', ['--spares', '0', '--', 'x', '{port}'], '--spares: expected a number from 1'],
    [
      'nothing to go by',
      ['--only', 'max-children', '--', 'x', '{port}'],
      "the check 'max-children' wants --max-children",
    ],
    ['no such format', ['--format', 'xml', '--', 'x', '{port}'], "argument 'xml' is invalid"],
    ['no time', ['--timeout', 'long', '--', 'x', '{port}'], '--timeout: expected seconds, from 1'],
  ])('%s', async (_, args, message) => {
    const { code, err } = await runCommand(['grade', ...args])
    expect({ code, err }).toEqual({ code: 64, err: [expect.stringContaining(message)] })
  })
})

test.each([
  ['--points', 'zombie = 3', 'zombie: no such check'],
  ['--points', 'zombies = "x"', 'zombies: expected a number of points'],
  ['--talk', '> a', 'talk:1: expected a section, as [question]'],
  ['--talk', '[question]\n? a', 'talk:2: expected [greeting], [question]'],
  ['--talk', '[question]\n> a', 'the section [question] lacks an answer'],
  ['--talk', '[configuration]\n> a', "talk:2: expected a line of the file: '| text'"],
  ['--talk', '[question]\n| a', "talk:2: expected '> text', '< text' or '~ pattern'"],
  ['--talk', '[question once]\n> a\n< a\n[others]\n< a', 'can be asked again'],
])('a file that cannot be used: %s %j', async (option, text, message) => {
  const args = [option, file('talk', text), '--', 'x', '{port}']
  const { code, err } = await runCommand(['grade', ...args])
  expect({ code, err }).toEqual({ code: 78, err: [expect.stringContaining(message)] })
})

test.each([
  ['a program that is not there', ['/nowhere/server', '{port}'], 'cannot execute /nowhere/server'],
  ['one that ends', ['sh', '-c', 'echo no >&2; exit 3', '{port}'], '(exited 3); it said: no'],
])(
  '%s',
  async (_, words, message) => {
    const { code, err } = await grade(['--', ...words])
    expect({ code, err }).toEqual({ code: 66, err: expect.stringContaining(message) })
  },
  LONG,
)

test('a list of the checks', async () => {
  const { code, out } = await runCommand(['grade', '--list', '--only', 'idle,eintr'])
  expect({ code, out }).toEqual({
    code: 0,
    out: [
      'eintr             do calls that a signal interrupts go on?',
      'idle              does the server sleep while its clients are silent?',
    ],
  })
})

test(
  'a server with a mistake, in TAP, with points',
  async () => {
    const points = file('points.toml', 'default = 2\nzombies = 5\n')
    const words = ['--', compile('NO_REAP'), '{port}']
    const { code, out } = await grade(['--only', 'answer,zombies', '--format', 'tap', ...words])
    expect({ code, out }).toEqual({
      code: 1,
      out: expect.stringMatching(
        /^TAP version 13\n1\.\.2\nok 1 - answer\n# .*\nnot ok 2 - zombies\n# the server process \d+ has ended and stays a zombie\n/,
      ),
    })
    const text = await grade(['--only', 'answer,zombies', '--points', points, ...words])
    expect(text.out).toContain('\n1 passed, 1 failed; 2 of 7 points')
  },
  LONG,
)

test(
  'a server in the background, in JSON and in JUnit',
  async () => {
    const words = ['--', 'sh', '-c', 'setsid "$0" "$1" & exit', compile(), '{port}']
    const args = ['--only', 'processes,parent-closes']
    const { code, out } = await grade([...args, '--format', 'json', ...words])
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, passed: 2, failed: 0, points: 2 })
    const xml = await grade([...args, '--format', 'junit', ...words])
    expect(xml.out).toContain('<testsuite name="truefork grade" tests="2" failures="0"')
  },
  LONG,
)

test(
  'another protocol than an echo',
  async () => {
    const talk = file('talk', '[greeting]\n~ ^listening\n[question]\n> {n}\n< {n}\n')
    const silent = await grade([
      '--talk',
      talk,
      '--only',
      'answer',
      '--',
      'python3',
      python,
      '{port}',
    ])
    expect(silent).toMatchObject({
      code: 1,
      out: expect.stringContaining('a client got no answer: /^listening/ did not come'),
    })
  },
  LONG,
)

test.each([[[]], [['NEW_SESSIONS']]])(
  'a fork bomb %j leaves nothing',
  async more => {
    const words = ['--', compile('FORK_BOMB', ...more), '{port}']
    const { code, out } = await grade(['--only', 'answer', ...words])
    expect(code).toBe(1)
    expect(out).toContain('it was ended as a fork bomb')
  },
  LONG,
)
