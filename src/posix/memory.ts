import { binding } from './binding.ts'
import { check, systemError } from './errors.ts'

/**
 * Makes memory that this process shares with the children that it forks from now on: what one
 * writes the others read, as mmap(2) with MAP_SHARED and MAP_ANON. All else in memory is copied
 * at a fork.
 *
 * @param bytes its size; the system rounds it up to pages
 * @returns zeroed memory, freed when no process holds it any more
 * @throws SystemError ENOMEM: there is not so much
 * @see mmap(2)
 * @example
 * const counter = new Int32Array(sharedMemory(4))
 * if (fork() === 0) Atomics.add(counter, 0, 1)
 */
export function sharedMemory(bytes: number): ArrayBuffer {
  const memory = binding.sharedMemory(bytes)
  if (typeof memory === 'number') throw systemError(-memory, 'mmap')
  return memory
}

/**
 * Fills a buffer with random bytes of the system, which no two processes share.
 *
 * @param buffer of at most 256 bytes
 * @throws SystemError EIO: it is longer
 * @see getentropy(3)
 * @example
 * getentropy(new Uint8Array(16))
 */
export function getentropy(buffer: Uint8Array): void {
  check(binding.getentropy(buffer), 'getentropy')
}
