import { constants } from 'node:os'
import { expect, test } from 'vitest'
import { askFixture, launchFlags } from '../support/fixture.ts'

test('a wrong argument of any call is a TypeError that names it, and never a crash', async () => {
  const { tried, mistakes } = await askFixture('posix/arguments', ['refusals'])
  expect(mistakes).toEqual([])
  expect(tried).toBeGreaterThan(600)
})

test('the message tells what was expected and what came', async () => {
  expect(await askFixture('posix/arguments', ['message'])).toBe(
    "backlog: expected a whole number, got 'many'",
  )
})

const hostile = (name: string, nodeArgs = launchFlags) =>
  askFixture('posix/hostile', [name], { nodeArgs })

test('a negative number is no descriptor, for which nothing waits', async () => {
  expect(await hostile('noDescriptor')).toEqual(Array(4).fill(-constants.errno.EBADF))
})

test('what a getter throws comes as it is', async () => {
  expect(await hostile('throwingAddress')).toEqual(Array(3).fill('on purpose'))
})

test('what is set once is refused twice', async () => {
  expect(await hostile('once')).toEqual([
    "onWake: expected a function, got 'no function'",
    "callback: expected a function, got 'no function'",
    'watchSignals: it has been called already',
    'onEnd: it has been called already',
  ])
})

test('fork writes into no buffer that has no byte, or has lost it on the way', async () => {
  const refused = 'silenced: expected a buffer of 1 byte, got an object'
  expect(await hostile('silenced')).toEqual([refused, refused])
})

test('no bytes are read and written as the system does it', async () => {
  const results: Record<string, number> = await hostile('noBytes')
  expect(Object.keys(results)).toHaveLength(8)
  for (const [name, result] of Object.entries(results)) expect(result, name).toBe(0)
})

test('an address is of the length of its family', async () => {
  const message = (name: string) =>
    `${name}: expected 4 bytes for AF_INET, 16 for AF_INET6, got an object`
  expect(await hostile('tooShort')).toEqual([...Array(3).fill(message('into')), message('address')])
})

test('a size is a whole number that the system can hold', async () => {
  for (const message of await hostile('sizes'))
    expect(message).toMatch(/^bytes: expected .* or more/)
})

test('an object that throws when it is told of a descriptor loses none', async () => {
  expect(await hostile('lost')).toEqual(Array(4).fill({ message: 'on purpose', left: 0 }))
})

test('an error of the system has its name', async () => {
  expect(await hostile('named')).toEqual(['ESOCKTNOSUPPORT', 'Socket type not supported'])
})

test('memory that a signal handler reads is not collected', async () => {
  expect(await hostile('kept', [...launchFlags, '--expose-gc'])).toBe(true)
})
