/**
 * How many forks lie between this process and the one that was started: 0 in that one. What has to
 * be different in a child looks here when it is used, so that the fork itself need not set it.
 */
export const lineage = { forks: 0 }

/** True in a process that has been made by fork. */
export const isForked = (): boolean => lineage.forks > 0
