// The echo server with a live JavaScript heap of so many MB beside it: what a real handler holds,
// and what every fork has to copy the page tables of.
//   HEAP_MB=64 truefork serve heap.mjs
import { heapOf } from '../support/heap.mjs'

export const kept = heapOf(Number(process.env.HEAP_MB ?? 0))

export default function echo(connection) {
  for (const chunk of connection) connection.write(chunk)
}
