// Each fork copies what describes the memory of the process, page by page: of large pages there are
// few.
import { binding } from '../posix/binding.ts'

/** What lies on large pages, in bytes. */
export interface LargePages {
  /** Of node itself. */
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
  const bytes = binding.moveToLargePages()
  const [code, data] = typeof bytes === 'number' ? [0, 0] : bytes
  return { code, data }
}
