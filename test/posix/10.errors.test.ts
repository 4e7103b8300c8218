import { constants } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askFixture } from '../support/fixture.ts'
import { temporaryFolder } from '../support/folder.ts'

const ask = (name: string, ...args: string[]) => askFixture('posix/errors', [name, ...args])

test('a port in use: message as perror has it, code, errno and syscall as Node has them', async () => {
  const { port, ...error } = await ask('bindTwice')
  expect(error).toEqual({
    name: 'Error',
    message: `bind 127.0.0.1:${port}: Address already in use (EADDRINUSE)`,
    code: 'EADDRINUSE',
    errno: -constants.errno.EADDRINUSE,
    syscall: 'bind',
  })
})

test('an IPv6 address stands in brackets', async () => {
  const { port, message } = await ask('bindTwiceIPv6')
  expect(message).toBe(`bind [::1]:${port}: Address already in use (EADDRINUSE)`)
})

test('a UNIX address is named by its path', async () => {
  const path = join(temporaryFolder(), 'socket')
  const { message } = await ask('bindTwiceUnix', path)
  expect(message).toBe(`bind unix:${path}: Address already in use (EADDRINUSE)`)
})

test('a connection that is refused', async () => {
  const { port, message, errno } = await ask('refusedConnection')
  expect(message).toBe(`connect 127.0.0.1:${port}: Connection refused (ECONNREFUSED)`)
  expect(errno).toBe(-constants.errno.ECONNREFUSED)
})

test('an address on which another listens', async () => {
  const { port, message } = await ask('listenTwice')
  expect(message).toBe(`listen 127.0.0.1:${port}: Address already in use (EADDRINUSE)`)
})

test('a file and a program that do not exist', async () => {
  const missing = '/nowhere/at-all: No such file or directory (ENOENT)'
  expect((await ask('missingFile')).message).toBe(`open ${missing}`)
  expect((await ask('missingProgram')).message).toBe(`execve ${missing}`)
})

test('every call on a descriptor that is not open says EBADF and its own name', async () => {
  const errors = await ask('notOpen')
  expect(errors).toHaveLength(12)
  for (const [name, { code, errno, syscall }] of errors) {
    expect([name, code, errno, syscall]).toEqual([name, 'EBADF', -constants.errno.EBADF, name])
  }
})

test('other errors of the system', async () => {
  expect(Object.fromEntries(await ask('others'))).toEqual({
    notASocket: 'listen ENOTSOCK',
    notConnected: 'getpeername ENOTCONN',
    noChild: 'waitpid ECHILD',
    noChildInfo: 'waitid ECHILD',
    nothingAskedFor: 'waitid EINVAL',
    noProcess: 'kill ESRCH',
    badCommand: 'fcntl EINVAL',
    noFamily: 'socket EAFNOSUPPORT',
    noPair: 'socketpair ENOTSUP',
    softAboveHard: 'setrlimit EINVAL',
    noFolder: 'chdir ENOENT',
    killNotCatchable: 'sigaction EINVAL',
    stopNotIgnorable: 'sigaction EINVAL',
    badHow: 'sigprocmask EINVAL',
    noResource: 'getrlimit EINVAL',
  })
})

test('isSystemError tells them from other errors, and by code', async () => {
  expect(await ask('isSystemError')).toEqual([true, true, true, false, false, false])
})
