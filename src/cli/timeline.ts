// `truefork timeline FILE`: a trace as a page, or as another picture of it.
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { writeWhole } from '../fork/output.ts'
import { O_CREAT, O_TRUNC, O_WRONLY } from '../posix/constants.ts'
import { close, open } from '../posix/descriptors.ts'
import { asFd } from '../posix/types.ts'
import type { Trace } from '../timeline/read.ts'
import type { Timeline } from '../timeline/timeline.ts'
import { CommandError, exitStatus } from './exitStatus.ts'

type Format = 'html' | 'perfetto' | 'mermaid'

interface Options {
  output?: string
  format: Format
}

const help = `
FILE is what --trace of serve, exec or run has written. The formats:
  html      a page of its own, without a network: who does what, and holds what, at each instant
  perfetto  for https://ui.perfetto.dev
  mermaid   a sequence diagram of the first processes, for handouts

Example:
  truefork serve echo.ts --trace echo.jsonl
  truefork timeline echo.jsonl -o echo.html`

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
    .addHelpText('after', help)
}

/** `truefork timeline FILE` */
export async function timeline(file: string, { output, format }: Options): Promise<void> {
  const text = textOf(file)
  const { readTrace, NotATrace } = await import('../timeline/read.ts')
  const { timelineOf } = await import('../timeline/model.ts')
  try {
    const trace = readTrace(text)
    tellOfGaps(file, trace)
    put(await render(format, timelineOf(trace.lines)), output)
  } catch (error) {
    if (!(error instanceof NotATrace)) throw error
    const reason = `${error.message}: expected what --trace has written`
    throw new CommandError(exitStatus.data, `${file} is no trace: ${reason}`)
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
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
