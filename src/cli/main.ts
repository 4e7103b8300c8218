#!/usr/bin/env node
// The command: becomes node with the flags that fork needs, then does what it is asked.
import { hasArena, noArena, withArena } from '../fork/arena.ts'
import { keepHeapTogether } from '../fork/largePages.ts'
import {
  isLaunched,
  launch,
  nodeOptions,
  restoreEnvironment,
  smallPool,
  withVariables,
} from '../fork/launch.ts'
import '../fork/start.ts'

// `run` becomes the script itself, with the flags, in one step; the others do not fork.
const stays = ['run', 'top', 'completion'].includes(process.argv[2] ?? '')
if (!stays && (!isLaunched() || lacksArena())) {
  launch(process.argv.slice(1), leanHeap(), environmentForNode())
}

if (isServer()) keepHeapTogether()

function isServer(): boolean {
  return process.argv[2] === 'serve' || process.argv[2] === 'exec'
}

function wantsArena(): boolean {
  return process.argv[2] === 'serve' && process.argv.includes('--arena')
}

function lacksArena(): boolean {
  return wantsArena() && noArena() === undefined && !hasArena()
}

function environmentForNode(): NodeJS.ProcessEnv {
  if (!isServer()) return process.env
  const environment = withVariables(process.env, smallPool)
  return wantsArena() ? withArena(environment) : environment
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
restoreEnvironment()
await runCommand(process.argv)
