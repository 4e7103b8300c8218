// The classic mistakes, by name. An index only.
import { noExit, noReap, reapOnce, serveInParent } from './children.ts'
import { keepTop, leakAccepted, noReuseaddr } from './descriptors.ts'
import type { Mistake } from './mistake.ts'
import { shortWrite, stdioTwice } from './output.ts'
import { noEintr, raceSignal, sigpipe } from './signals.ts'

export const mistakes: ReadonlyMap<string, Mistake> = new Map([
  ['leak-accepted', leakAccepted],
  ['keep-top', keepTop],
  ['no-reap', noReap],
  ['reap-once', reapOnce],
  ['no-eintr', noEintr],
  ['no-exit', noExit],
  ['stdio-twice', stdioTwice],
  ['sigpipe', sigpipe],
  ['short-write', shortWrite],
  ['no-reuseaddr', noReuseaddr],
  ['serve-in-parent', serveInParent],
  ['race-signal', raceSignal],
])
