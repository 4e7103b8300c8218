import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.ts'
import { runCommand, startServer } from '../support/server.ts'

interface TraceEvent {
  name: string
  ph: string
  pid: number
  cat?: string
  args?: { name?: string; status?: string }
}

/** The trace of a server that has served one client, and killed another's server process. */
async function traced() {
  const trace = join(temporaryFolder(), 'trace.jsonl')
  const server = await startServer('talk.mjs', ['--trace', trace])
  const [first, second] = [await server.served(), await server.served()]
  await first.finish()
  process.kill(second.server, 'SIGKILL')
  await server.log(/SIGKILL/)
  server.signal('SIGTERM')
  await server.ended()
  return { trace, daemon: server.daemon, first: first.server, second: second.server }
}

test('for Perfetto: processes by name, boxes, zombies, arrows from fork', async () => {
  const { trace, daemon, first, second } = await traced()
  const { code, out } = await runCommand(['timeline', trace, '--format', 'perfetto'])
  expect(code).toBe(0)
  const { traceEvents } = JSON.parse(out.join('\n')) as { traceEvents: TraceEvent[] }
  const names = traceEvents.filter(({ name }) => name === 'process_name')
  expect(names.map(({ pid }) => pid)).toEqual([daemon, first, second])
  expect(names[0]!.args!.name).toBe(`daemon ${daemon}`)
  const boxes = traceEvents.filter(({ cat, pid }) => cat === 'box' && pid === first)
  expect(boxes.map(({ name }) => name)).toContain('serve')
  const zombies = traceEvents.filter(({ cat }) => cat === 'zombie')
  expect(zombies.map(({ pid, args }) => [pid, args!.status])).toEqual([
    [first, 'exited 0'],
    [second, 'SIGKILL'],
  ])
  const arrows = traceEvents.filter(({ cat }) => cat === 'fork')
  expect(arrows.map(({ ph, pid }) => [ph, pid])).toEqual([
    ['s', daemon],
    ['f', first],
    ['s', daemon],
    ['f', second],
  ])
})

test('for Mermaid: who forks whom, who closes what, how it ends', async () => {
  const { trace, daemon, first, second } = await traced()
  const { code, out } = await runCommand(['timeline', trace, '--format', 'mermaid'])
  expect(code).toBe(0)
  expect(out[0]).toBe('sequenceDiagram')
  expect(out).toContain(`participant p0 as daemon ${daemon}`)
  for (const [name, pid, end] of [
    ['p1', first, 'exited 0'],
    ['p2', second, 'SIGKILL'],
  ]) {
    const born = out.indexOf(`create participant ${name} as server ${pid}`)
    expect(out[born + 1]).toMatch(new RegExp(`^p0->>${name}: fork for 127`))
    const destroyed = out.indexOf(`destroy ${name}`)
    expect(destroyed).toBeGreaterThan(born)
    expect(out[destroyed + 1]).toBe(`${name}-xp0: ${end}, collected`)
  }
  expect(out.some(line => line.startsWith('p0->>p0: accept('))).toBe(true)
  expect(out.some(line => line.startsWith('p1->>p1: close('))).toBe(true)
  expect(out).toContain('Note over p2: SIGKILL ends it')
})

test('a page of its own', async () => {
  const { trace, first } = await traced()
  const { code, out } = await runCommand(['timeline', trace])
  expect(code).toBe(0)
  const page = out.join('\n')
  expect(page).toMatch(/^<!doctype html>/)
  expect(page).toContain(`"pid":${first}`)
  expect(page).not.toMatch(/(src|href)=["']?http/)
})

test('a last line that is cut off is told of, and the rest is shown', async () => {
  const { trace } = await traced()
  const text = readFileSync(trace, 'utf8')
  writeFileSync(trace, text.slice(0, -20))
  const { code, err, out } = await runCommand(['timeline', trace, '--format', 'mermaid'])
  expect(code).toBe(0)
  expect(out[0]).toBe('sequenceDiagram')
  expect(err).toEqual([
    `truefork: ${trace}: its last line is cut off, as by a kill or a full disk; it is left out`,
  ])
})

test('what stands in a trace is no part of the page', async () => {
  const { trace } = await traced()
  const text = readFileSync(trace, 'utf8')
  writeFileSync(trace, text.replace('"argv":[', '"argv":["</script><script>alert(1)",'))
  const { out } = await runCommand(['timeline', trace])
  expect(out.join('\n')).toContain('\\u003c/script>\\u003cscript>alert(1)')
  expect(out.join('\n')).not.toContain('<script>alert')
})

test('a line in the middle that is none', async () => {
  const { trace } = await traced()
  const lines = readFileSync(trace, 'utf8').split('\n')
  lines.splice(5, 0, '{"t":1,', '{"t":1,"pid":2,"call":"open"}')
  writeFileSync(trace, lines.join('\n'))
  const { code, err } = await runCommand(['timeline', trace, '--format', 'mermaid'])
  expect(code).toBe(0)
  expect(err).toEqual([`truefork: ${trace}: 2 lines, 6 the first, cannot be read; left out`])
})

test.each([
  ['', 'it is empty'],
  ['hello\n', 'its first line is not that of a trace'],
  ['{"t":1,"pid":2}\n', 'its first line is not that of a trace'],
  ['{"t":1,"pid":2,"trace":1}\n', 'its first line is not that of a trace'],
  ['{"t":1,"pid":2,"trace":99,"argv":[],"time":""}\n', 'it has version 99, and 1 is known here'],
])('what is no trace: %j', async (text, reason) => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, text)
  const { code, err } = await runCommand(['timeline', file])
  expect(code).toBe(65)
  expect(err).toEqual([
    `truefork: ${file} is no trace: ${reason}: expected what --trace has written`,
  ])
})

test('a file that there is not, a format that there is not, a place where one cannot write', async () => {
  const missing = await runCommand(['timeline', '/nowhere/trace'])
  expect([missing.code, missing.err]).toEqual([
    66,
    ['truefork: cannot read the trace /nowhere/trace: no such file'],
  ])
  const trace = join(temporaryFolder(), 'trace.jsonl')
  writeFileSync(trace, '{"t":1,"pid":2,"trace":1,"argv":[],"time":""}\n')
  const wrong = await runCommand(['timeline', trace, '--format', 'svg'])
  expect(wrong.code).toBe(64)
  expect(wrong.err[0]).toContain('html, perfetto, mermaid')
  const unwritten = await runCommand(['timeline', trace, '-o', '/nowhere/page.html'])
  expect([unwritten.code, unwritten.err]).toEqual([
    71,
    ['truefork: open /nowhere/page.html: No such file or directory (ENOENT)'],
  ])
})
