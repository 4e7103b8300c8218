/**
 * Small objects that stay alive, as many as fill so much of V8's heap. What is measured is the heap
 * itself, so that the figure holds on every version.
 * @param {number} megabytes
 * @returns {object[][]} keep it
 */
export function heapOf(megabytes) {
  const blocks = []
  const before = process.memoryUsage().heapUsed
  const target = before + megabytes * 2 ** 20
  while (process.memoryUsage().heapUsed < target) {
    blocks.push(Array.from({ length: 10_000 }, (_, id) => ({ id, name: 'name', next: null })))
  }
  return blocks
}
