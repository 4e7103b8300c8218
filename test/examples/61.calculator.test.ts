import { expect, test } from 'vitest'
import { exampleFile } from '../support/example.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const start = () => startServer(exampleFile('calculator.ts'))

test('sums, products, powers, signs and brackets', async () => {
  const client = await (await start()).client()
  const answers = {
    '1+2*3': '7',
    '(1 + 2) * 3': '9',
    '2 ** 64': '18446744073709551616',
    '2 ** 3 ** 2': '512',
    '-2 ** 2': '-4',
    '2 * -3': '-6',
    '7 / 2 - 7 % 2': '2',
    '10 - 2 - 3': '5',
    '1 / 0': 'error: Division by zero',
    '1 +': 'error: a number is missing before the end',
    '(1': 'error: a ) is missing',
    '1 2': 'error: not understood: 2',
    'process.exit()': 'error: a number is missing before p',
    'require("fs")': 'error: a number is missing before r',
  }
  for (const [line, answer] of Object.entries(answers)) expect(await client.ask(line)).toBe(answer)
})

test('what takes too long, or too much, is ended; the conversation goes on', async () => {
  const server = await start()
  const client = await server.client()
  client.send('9 ** 9 ** 8')
  // A second of processor time may take long on a busy machine.
  await until(() => client.pending.includes('\n'), { deadline: 60_000 })
  expect(await client.line()).toBe('error: that takes too long')
  expect(await client.ask(`${'('.repeat(400)}1${')'.repeat(400)}`)).toBe('1')
  expect(await client.ask('9 ** 9 ** 99')).toMatch(/^error: /)
  expect(await client.ask('2 ** 100000 % 1000')).toBe('376')
  await client.finish()
  await until(() => server.relatives().length === 1)
  expect(server.logged(/error/)).toEqual([])
}, 90_000)

test('nobody waits for it', async () => {
  const server = await start()
  const [slow, quick] = [await server.client(), await server.client()]
  slow.send('9 ** 9 ** 8')
  expect(await quick.ask('1 + 1')).toBe('2')
})
