// Apart from what sorts: the command line has to know the names before anything else is loaded.

/** `tree`, or the value that is to be greatest on top. */
export const sortKeys = ['tree', 'cpu', 'memory', 'descriptors', 'age', 'state', 'pid'] as const
export type SortKey = (typeof sortKeys)[number]
