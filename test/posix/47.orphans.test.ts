import { expect, test } from 'vitest'
import { startFixture } from '../support/fixture.ts'

const answer = (name: string) => startFixture('posix/orphans', [name]).json()

test('who adopts orphans collects the child of a child that has ended', async () => {
  expect(await answer('adopt')).toEqual({ kind: 'exited', code: 7 })
})

test('what is written to a terminal comes out at its master, with its end of line', async () => {
  const path = expect.stringMatching(/^\/dev\/pts\/\d+$/)
  expect(await answer('terminal')).toEqual({ path, heard: 'hello\r\n' })
})
