import { checkFork } from '../fork/checkFork.ts'
import { useLargePages } from '../fork/largePages.ts'
import { launchOptions } from '../fork/launch.ts'
import { exitStatus } from './exitStatus.ts'

/** `truefork check`: 0 if fork is safe in a process started here, 1 with the reasons if not. */
export function check(): void {
  const reasons = checkFork()
  for (const { message, remedy } of reasons)
    console.log(`not safe: ${message}\n  remedy: ${remedy}`)
  if (reasons.length > 0) process.exit(exitStatus.no)
  console.log(`fork is safe here: node ${process.version} with ${launchOptions().join(' ')}`)
  console.log(aboutPages())
}

// What a server does at its start is tried out in this process.
function aboutPages(): string {
  const { code, data } = useLargePages()
  if (code + data > 0) return `large pages: ${inMB(code)} of code, ${inMB(data)} of the heap`
  return 'large pages: none: servers work, and each fork takes longer; see docs/performance.md'
}

const inMB = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`
