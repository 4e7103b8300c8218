import { checkFork } from '../fork/checkFork.ts'
import { launchOptions } from '../fork/launch.ts'
import { exitStatus } from './exitStatus.ts'

/** `truefork check`: 0 if fork is safe in a process started here, 1 with the reasons if not. */
export function check(): void {
  const reasons = checkFork()
  for (const { message, remedy } of reasons)
    console.log(`not safe: ${message}\n  remedy: ${remedy}`)
  if (reasons.length > 0) process.exit(exitStatus.no)
  console.log(`fork is safe here: node ${process.version} with ${launchOptions().join(' ')}`)
}
