import { expect, test } from 'vitest'
import { exampleFile, expectOrder, startExample } from '../support/example.ts'
import { ask, keepAlive, processOf } from '../support/http.ts'

const start = () => startExample(exampleFile('express.ts'))

test('Express serves each connection in a process of its own', async () => {
  const server = await start()
  const [one, other] = [keepAlive(), keepAlive()]
  const pid = async (agent = one) => processOf(await ask({ port: server.port, agent }))
  const [first, second] = [await pid(one), await pid(other)]
  expect(server.children().sort()).toEqual([first, second].sort())
  expect([await pid(one), await pid(other)]).toEqual([first, second])
  one.destroy()
  other.destroy()
  await expectOrder(server)
})

test('its middleware reads bodies, and its answers have what Express gives them', async () => {
  const server = await start()
  const post = (body: unknown) =>
    ask({
      port: server.port,
      path: '/sum',
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
  const { status, headers, body } = await post([1, 2, 3])
  expect(status).toBe(200)
  expect(headers).toMatchObject({ 'x-powered-by': 'Express', etag: expect.any(String) })
  expect(JSON.parse(body)).toEqual({ sum: 6, by: expect.any(Number) })
  expect(await post('no array')).toMatchObject({ status: 400 })
  expect(await ask({ port: server.port, path: '/nowhere' })).toMatchObject({ status: 404 })
  await expectOrder(server)
})

test('50 clients at once', async () => {
  const server = await start()
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask({ port: server.port })))
  expect(new Set(answers.map(processOf)).size).toBe(50)
  await expectOrder(server)
})
