// Each fork copies what describes the memory of the process, page by page: of large pages there are
// few.
import { binding } from '../posix/binding.ts'

/**
 * From now on V8's heap grows in one place, not in pieces all over the address space, each of which
 * would be dear to fork. Until useLargePages or letHeapSpread: as long as it lasts, addresses are
 * reserved, and ps(1) shows a process of 64 TB. Best called before anything else is loaded.
 */
export const keepHeapTogether = (): void => binding.keepHeapTogether()

/** The end of that, for a process that does not fork. */
export const letHeapSpread = (): void => binding.letHeapSpread()

/** What lies on large pages, in bytes. */
export interface LargePages {
  /** Of node itself and of its libraries. */
  code: number
  /** Of what was resident of the heaps. */
  data: number
}

/**
 * Puts node's code and the heaps, as they are now, on large pages. What this process forks then is
 * made with less work, and is the same otherwise.
 *
 * @returns zeros where the system gives none: transparent huge pages are off, memory is short, or
 * it is not Linux
 */
export function useLargePages(): LargePages {
  letHeapSpread()
  const bytes = binding.moveToLargePages()
  const [code, data] = typeof bytes === 'number' ? [0, 0] : bytes
  return { code, data }
}
