#!/usr/bin/env node
// The command: becomes node with the flags that fork needs, then does what it is asked.
import { keepHeapTogether } from '../fork/largePages.ts'
import { isLaunched, launch, nodeOptions, restorePoolSize, withSmallPool } from '../fork/launch.ts'
import '../fork/start.ts'

// `run` becomes the script itself, with the flags, in one step; the others do not fork.
if (!isLaunched() && !['run', 'top', 'completion'].includes(process.argv[2] ?? '')) {
  const environment = isServer() ? withSmallPool(process.env) : process.env
  launch(process.argv.slice(1), leanHeap(), environment)
}

if (isServer()) keepHeapTogether()

function isServer(): boolean {
  return process.argv[2] === 'serve' || process.argv[2] === 'exec'
}

// V8 enlarges its space for young objects as often as so many bytes have survived, up to twice 16 MB.
// The daemon process never needs that, and every fork would copy it.
function leanHeap(): string[] {
  const isChosen = nodeOptions().some(option =>
    /^--(max|min)[-_]semi[-_]space[-_]size/.test(option),
  )
  return isServer() && !isChosen ? ['--max-semi-space-size=1'] : []
}

const { runCommand } = await import('./command.ts')
restorePoolSize()
await runCommand(process.argv)
