// `npm run stress:chat` in small: 500 people are too much for a machine that has other things to do.
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startScript } from '../support/server.ts'

const script = fileURLToPath(new URL('../../scripts/stress-chat.mjs', import.meta.url))

const told = (counts: Record<string, number>) =>
  Object.entries(counts).flatMap(([name, count]) => [`--${name}`, count])

test('60 people in 5 rooms, of whom 10 are lost and 2 never read: each message once, in order', async () => {
  const counts = { clients: 60, rooms: 5, messages: 20, killed: 10, deaf: 2, seconds: 2 }
  const stress = startScript(script, told(counts))
  const { code } = await stress.ended(120_000)
  const result = JSON.parse(stress.stdout.all.join('\n'))
  // 48 are left; in each room those of them who are there hear the others.
  expect(result).toMatchObject({ said: 48 * 20, faults: 0, exit: 0 })
  expect(result.delivered).toBe(result.expected)
  expect(result.expected).toBeGreaterThan(48 * 20 * 7)
  expect(result.hub).toMatch(/missed: 0$/)
  expect(code).toBe(0)
}, 150_000)
