import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askFixture, startFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'

const ask = (...args: string[]) => askFixture('fork/tail/events', args)

test('messages of the channel all come to the parent; the child has none', async () => {
  expect(await ask('channel')).toEqual({
    parent: 41,
    status: 'exited 0',
    answer: { heard: [], connected: false },
    connected: true,
    code: 0,
  })
})

test('stdin: all bytes come to the parent, until the child asks for them', async () => {
  const fixture = startFixture('fork/tail/events', ['stdin'])
  await fixture.line(/ready/)
  fixture.tell('first')
  await fixture.line(/forked/)
  for (let number = 1; number <= 40; number++) fixture.tell(`line ${number}`)
  await fixture.line(/child reads/)
  fixture.tell('for the child')
  expect(await fixture.json()).toEqual({
    status: 'exited 0',
    answer: { silent: true },
    lines: 41,
  })
})

test('fs.watch and fs.watchFile tell the parent; the child can watch by itself', async () => {
  const file = join(temporaryFolder(), 'watched')
  writeFileSync(file, '')
  const { status, answer } = await ask('watchers', file)
  expect({ status, answer }).toEqual({ status: 'exited 0', answer: { inherited: [] } })
})

test('listeners of signals are dropped, handlers of sigaction stay', async () => {
  expect(await ask('signals')).toEqual({
    child: { heard: ['SIGUSR2'], listens: 0, disposition: 'default' },
    status: 'exited 0',
    parent: ['SIGHUP'],
    listens: 1,
  })
})

test('children of node:child_process are told of to the parent alone', async () => {
  expect(await ask('children')).toMatchObject({
    status: 'exited 0',
    answer: { heard: [], output: '', stdout: 'own\n' },
    output: 'to the end',
    heard: ['exit 0'],
  })
})

test('a MessagePort that listens does not keep the child alive', async () => {
  expect(await ask('ports')).toEqual({ status: 'exited 0', heard: ['later'] })
})
