// All checks, in the order in which they are asked: what others rest on comes first.
import type { Check } from '../check.ts'
import { answer } from './answer.ts'
import { brokenPipe } from './brokenPipe.ts'
import { burst } from './burst.ts'
import { childClosesTop } from './childClosesTop.ts'
import { childEnds } from './childEnds.ts'
import { concurrency } from './concurrency.ts'
import { descendants, maxProcesses } from './forks.ts'
import { halfClose } from './halfClose.ts'
import { hangup } from './hangup.ts'
import { idle } from './idle.ts'
import { interrupted } from './interrupted.ts'
import { maxChildren } from './maxChildren.ts'
import { nextClient } from './nextClient.ts'
import { others, slowReaders } from './others.ts'
import { output } from './output.ts'
import { parentCloses } from './parentCloses.ts'
import { processes } from './processes.ts'
import { badConfiguration, reread } from './reread.ts'
import { resets } from './resets.ts'
import { restart } from './restart.ts'
import { descriptors, processLimit } from './shortage.ts'
import { shortReads } from './shortReads.ts'
import { shortWrites } from './shortWrites.ts'
import { slowClients } from './slowClients.ts'
import { replacement, spares, turnover } from './spares.ts'
import { terminate } from './terminate.ts'
import { zombies } from './zombies.ts'

export const checks: readonly Check[] = [
  answer,
  concurrency,
  processes,
  interrupted,
  nextClient,
  shortReads,
  slowClients,
  parentCloses,
  childClosesTop,
  childEnds,
  zombies,
  burst,
  resets,
  brokenPipe,
  shortWrites,
  halfClose,
  output,
  restart,
  hangup,
  terminate,
  idle,
  descriptors,
  processLimit,
  reread,
  badConfiguration,
  maxChildren,
  descendants,
  maxProcesses,
  spares,
  replacement,
  turnover,
  others,
  slowReaders,
]
