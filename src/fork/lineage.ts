let forked = false

/** True in a process that has been made by fork, and in its children. */
export const isForked = (): boolean => forked

/** In the child. */
export function becomeChild(): void {
  forked = true
}
