import { describe, expect, test } from 'vitest'
import { startFixture } from '../support/fixture.ts'

const ways = ['leaves', 'writes', 'ends', 'destroys']

/** Runs a fixture to its end, on which nobody has had anything to complain of. */
async function ask(name: string, ...args: string[]) {
  const fixture = startFixture(`fork/tail/${name}`, args)
  const ending = await fixture.ended()
  expect([ending, fixture.stderr.all]).toEqual([{ code: 0, signal: null }, []])
  return JSON.parse(fixture.stdout.all.at(-1)!)
}

describe("a conversation of the parent's goes on, whatever its children do", () => {
  // These stand on sockets, and tell what the child itself does to them.
  const layered = ['http', 'tls', 'tlsOverSocket', 'https', 'http2']

  test.each(['tcp', 'unix', 'udp', 'child', ...layered])('%s', async kind => {
    const { children, answers, heard, descriptors } = await ask(
      'conversation',
      'conversation',
      kind,
    )
    const words = ways.flatMap(way => [...Array(10).keys(), 'last'].map(turn => `${way}-${turn}`))
    expect(answers).toEqual(['first', ...words])
    expect(heard).toEqual([])
    expect(descriptors).toBeGreaterThan(1)
    for (const way of ways) {
      const { status, answer } = children[way]
      expect([way, status, answer.shared]).toEqual([way, 'exited 0', []])
      const isTold = way !== 'leaves' && layered.includes(kind)
      if (!isTold) expect([way, answer.heard]).toEqual([way, []])
    }
  })
})

describe('a server of the parent', () => {
  test.each(['tcp', 'unix', 'tls', 'http'])(
    '%s: gets all 40 of 40 connections while children live, and more when they are gone',
    async kind => {
      const { me, ends, answers, after, found } = await ask('listening', 'connections', kind)
      expect(ends).toEqual(Array(3).fill({ status: 'exited 0', answer: [] }))
      expect(answers).toBe(40)
      expect(after).toEqual([me, me])
      expect(found).toBe(true)
    },
  )

  test.each(['tcp', 'unix', 'http'])(
    '%s: a child has servers of its own, also by the object of the parent',
    async kind => {
      const { me, child, parent } = await ask('listening', 'own', kind)
      expect(child).toEqual(Array(2).fill(['child', 'child', me]))
      expect(parent).toBe(me)
    },
  )

  test("http: the Date that the child's server sends is not that of the fork", async () => {
    expect(await ask('listening', 'date')).toBe(true)
  })
})
