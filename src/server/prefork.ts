// The model prefork. It is loaded only where it is asked for: every server process would carry it.
import { preforkProcess } from './preforkProcess.ts'
import type { Prefork } from './server.ts'
import { sharedTables } from './sharedSources.ts'

export const prefork: Prefork = { process: preforkProcess, tables: sharedTables }
