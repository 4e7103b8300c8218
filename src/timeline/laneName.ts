import type { Lane } from './timeline.ts'

/** A process in a few words: `server 4712`. */
export const laneName = ({ role, pid }: Lane): string => `${role || 'process'} ${pid}`
