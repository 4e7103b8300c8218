// What --trace and --live need before the top process begins: the trace, into which all processes write
// and which the live page follows. In a hot upgrade there may be one already.
import { readSync } from 'node:fs'
import { close } from '../../posix/descriptors.ts'
import { type Tracing, tracing } from '../../posix/tracing.ts'
import type { Fd } from '../../posix/types.ts'
import { openTrace, temporaryTrace } from '../../trace/file.ts'
import { beginTrace } from '../../trace/trace.ts'
import { type Settings, unusable } from '../configuration.ts'
import type { GivenOptions } from '../options.ts'
import type { Legacy } from '../successor.ts'

/** @throws SystemError of open(2). TypeError, ConfigurationError: a trace that cannot be read again */
export function beginWatching(
  given: GivenOptions,
  settings: Settings,
  legacy: Legacy | undefined,
): void {
  const inherited = legacy?.live
  if (inherited && settings.live === undefined) close(inherited.link)
  const file = traceFor(settings, legacy)
  if (file !== undefined) beginTrace(file)
  if (settings.live === undefined || canBeFollowed(tracing.now)) return
  throw unusable(given, 'live', 'it follows the trace, which has to be a regular file of its own')
}

function traceFor({ trace, live }: Settings, legacy: Legacy | undefined): Fd | undefined {
  // A program of `truefork run --trace` is traced already.
  if (tracing.now) return undefined
  const isReadable = live !== undefined
  const inherited = legacy?.live?.trace
  if (trace === undefined && isReadable) return inherited ?? temporaryTrace()
  if (inherited !== undefined) close(inherited)
  return trace === undefined ? undefined : openTrace({ path: trace, isFresh: !legacy, isReadable })
}

function canBeFollowed(trace: Tracing | undefined): boolean {
  try {
    return trace !== undefined && readSync(trace.file, Buffer.alloc(1), 0, 1, 0) === 1
  } catch {
    return false // a pipe, or it was opened for writing alone
  }
}
