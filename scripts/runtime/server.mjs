// The server of scripts/runtime.mjs: each server process uses what Node has to offer, while the
// daemon process fills its heap and has it collected.
import { execFile } from 'node:child_process'
import { pbkdf2, randomInt, randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { serve } from 'truefork'

const origin = process.argv[2]
const here = new URL(import.meta.url)
const expected = await readFile(here, 'utf8')

// Caches of random bytes that are half used when the first fork copies them.
Math.random()
randomUUID()
randomInt(10)

async function handler({ socket }) {
  const [, file, key, { address }, child, page] = await Promise.all([
    setTimeout(1),
    readFile(here, 'utf8'),
    promisify(pbkdf2)('secret', 'salt', 1000, 32, 'sha256'),
    lookup('localhost'),
    promisify(execFile)('/bin/echo', ['from a child']),
    new Promise((resolve, reject) => get(origin, resolve).on('error', reject)).then(text),
  ])
  const right =
    file === expected &&
    key.length === 32 &&
    ['127.0.0.1', '::1'].includes(address) &&
    child.stdout === 'from a child\n' &&
    page === 'from outside'
  const random = [Math.random(), randomUUID(), crypto.randomUUID(), randomInt(2 ** 48 - 1)]
  socket.end(JSON.stringify({ pid: process.pid, right, random }))
}

let garbage = []
function onEvent({ event, port }) {
  if (event === 'listening') process.stdout.write(`${port}\n`)
  if (garbage.length > 8) garbage = []
  garbage.push(Array.from({ length: 1500 }, (_, index) => ({ index, text: `${event} ${index}` })))
}

await serve({ port: 0, log: 'json', onEvent }, handler)
