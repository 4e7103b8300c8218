// `truefork timeline FILE`: a trace as a page, or as another picture of it.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { writeWhole } from '../fork/output.ts'
import { O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../posix/constants.ts'
import { close, open } from '../posix/descriptors.ts'
import { asFd } from '../posix/types.ts'
import { liveLine } from '../server/logLine.ts'
import type { Trace } from '../timeline/read.ts'
import type { Timeline } from '../timeline/timeline.ts'
import { CommandError, exitStatus } from './exitStatus.ts'
import { optionFor } from './option.ts'

type Format = 'html' | 'perfetto' | 'mermaid'

interface Options {
  output?: string
  format: Format
  live?: number
}

const help = `
FILE is what --trace of serve, exec or run has written. The formats:
  html      a page of its own, without a network: who does what, and holds what, at each instant
  perfetto  for https://ui.perfetto.dev
  mermaid   a sequence diagram of the first processes, for handouts

Examples:
  truefork serve echo.ts --trace echo.jsonl
  truefork timeline echo.jsonl -o echo.html
  truefork timeline mine.jsonl --live 8080      while a program goes on writing it`

export function addTimelineOptions(command: Command): Command {
  return command
    .description('make a picture of a trace: who did what, and held what, at each instant')
    .usage('FILE [options]')
    .option('-o, --output <FILE>', 'where to write it (default: standard output)')
    .addOption(
      new Option('--format <FORMAT>', 'html, perfetto or mermaid')
        .choices(['html', 'perfetto', 'mermaid'])
        .default('html', 'html'),
    )
    .addOption(
      optionFor('live', 'port of a page on 127.0.0.1 that follows the trace').conflicts([
        'output',
        'format',
      ]),
    )
    .addHelpText('after', help)
}

/** `truefork timeline FILE` */
export async function timeline(file: string, { output, format, live }: Options): Promise<void> {
  try {
    if (live === undefined) put(await picture(file, format), output)
    else await follow(file, live)
  } catch (error) {
    const { NotATrace } = await import('../timeline/read.ts')
    if (!(error instanceof NotATrace)) throw error
    const reason = `${error.message}: expected what --trace has written`
    throw new CommandError(exitStatus.data, `${file} is no trace: ${reason}`)
  }
}

async function picture(file: string, format: Format): Promise<string> {
  const text = textOf(file)
  const { readTrace } = await import('../timeline/read.ts')
  const { timelineOf } = await import('../timeline/model.ts')
  const trace = readTrace(text)
  tellOfGaps(file, trace)
  return render(format, timelineOf(trace.lines))
}

// Until it is told to stop.
async function follow(file: string, port: number): Promise<void> {
  const { Follower } = await import('../live/follower.ts')
  const { LivePage } = await import('../live/livePage.ts')
  const { openPageSocket } = await import('../server/live/pageSocket.ts')
  const follower = new Follower(reading(file, () => open(file, O_RDONLY)))
  reading(file, () => follower.read())
  const socket = openPageSocket(port)
  const page = new LivePage(follower)
  await page.listen(socket.fd)
  process.stderr.write(liveLine(socket.url))
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await page.end()
}

const textOf = (file: string): string => reading(file, () => readFileSync(file, 'utf8'))

function reading<Result>(file: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    const reason = code === 'ENOENT' ? 'no such file' : message
    throw new CommandError(exitStatus.noHandler, `cannot read the trace ${file}: ${reason}`)
  }
}

function tellOfGaps(file: string, { unreadable, isCutOff }: Trace): void {
  const say = (text: string) => process.stderr.write(`truefork: ${file}: ${text}\n`)
  const broken = isCutOff ? unreadable.slice(0, -1) : unreadable
  if (isCutOff && unreadable.length > 0)
    say('its last line is cut off, as by a kill or a full disk; it is left out')
  if (broken.length === 0) return
  const [first] = broken
  const lines =
    broken.length === 1 ? `line ${first}` : `${broken.length} lines, ${first} the first,`
  say(`${lines} cannot be read; left out`)
}

async function render(format: Format, timeline: Timeline): Promise<string> {
  if (format === 'perfetto') return (await import('../timeline/perfetto.ts')).toPerfetto(timeline)
  if (format === 'mermaid') return (await import('../timeline/mermaid.ts')).toMermaid(timeline)
  return (await import('../timeline/page.ts')).toPage(timeline)
}

function put(text: string, output: string | undefined): void {
  if (output === undefined) {
    writeWhole(asFd(1), text)
    return
  }
  const fd = open(output, O_WRONLY | O_CREAT | O_TRUNC)
  writeWhole(fd, text)
  close(fd)
}
