// `truefork top`: who runs in a forking server, and what each process holds. All that it needs is
// loaded when it is called.
import { type Command, Option } from 'commander'
import { CommandError, exitStatus } from './exitStatus.ts'
import { type SortKey, sortKeys } from './top/sortKeys.ts'

interface TopOptions {
  pidFile?: string
  once?: true
  json?: true
  sort: SortKey
  reverse?: true
  interval: number
}

const about = `
PID is the daemon process of a server, or any process: it and all that descends from it are shown.
Without PID: the one truefork server of this user that runs; of any user, for root.

Keys: q quit, k send a signal, s sort, r reverse, arrows and Page keys select, Ctrl-Z suspend.
Where standard input or output is no terminal, it is --once. NO_COLOR is heeded.
What may not be read, as of another user's process, is shown as ?, in JSON as null.

Exit status: 0; 1 there is no such server; 64 wrong usage, or several servers run and none was
named; 71 a system call failed.`

export function addTopOptions(command: Command): Command {
  return command
    .description('who runs in a server, its own or any other: a live view of its processes')
    .usage('[PID | --pid-file FILE] [options]')
    .option('--pid-file <FILE>', 'the file that holds the PID')
    .option('--once', 'print one picture as plain text')
    .option('--json', 'with --once: as JSON, one line')
    .addOption(
      new Option('--sort <KEY>', 'the order at first').choices([...sortKeys]).default('tree'),
    )
    .option('--reverse', 'the other way round')
    .option('--interval <SECONDS>', 'how often to look', secondsFrom, 1)
    .addHelpText('after', about)
}

function secondsFrom(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds >= 0.1 && seconds <= 3600) return seconds
  const message = `--interval: expected seconds from 0.1 to 3600, got '${text}'`
  throw new CommandError(exitStatus.usage, message)
}

/** `truefork top`: until it is quit. With --once: one picture. */
export async function top(pid: string | undefined, options: TopOptions): Promise<void> {
  const { pidFile, json, sort, reverse = false, interval } = options
  if (json && !options.once) {
    throw new CommandError(exitStatus.usage, '--json goes with --once: a live view has no JSON')
  }
  const [{ thisSystem }, { findServer }] = await Promise.all([
    import('./top/system.ts'),
    import('./top/find.ts'),
  ])
  const system = await thisSystem()
  const server = findServer(system, { pid, pidFile })
  if (!options.once && isTerminal()) {
    const { live } = await import('./top/live.ts')
    return live(system, server, { sort, reverse, intervalMs: interval * 1000 })
  }
  const { once } = await import('./top/once.ts')
  await once(system, server, { sort, reverse, json: json ?? false })
}

const isTerminal = () => process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== 'dumb'
