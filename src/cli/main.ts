#!/usr/bin/env node
// The command: becomes node with the flags that fork needs, then does what it is asked.
import { isLaunched, launch } from '../fork/launch.ts'
import '../fork/start.ts'

// `run` becomes the script itself, with the flags, in one step.
if (!isLaunched() && process.argv[2] !== 'run') launch()

const { runCommand } = await import('./command.ts')
await runCommand(process.argv)
