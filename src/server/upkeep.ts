// What the daemon process keeps current for those who look at it from outside, its title, its
// metrics. Not at each change, which would cost every connection, but at most once in a while: when
// it is awake anyway, or, for the last change, when its time has come.

export interface Chore {
  /** At most once in so many ms. */
  everyMs: number
  isStale(): boolean
  /** @param isLast the server has stopped */
  renew(isLast: boolean): void
}

export class Upkeep {
  #chores: { chore: Chore; next: number }[] = []

  /** From now on; it is done for the first time at once. */
  add(chore: Chore): void {
    this.#chores.push({ chore, next: 0 })
    this.keep()
  }

  /** Another process does it from now on. */
  drop(chore: Chore): void {
    this.#chores = this.#chores.filter(entry => entry.chore !== chore)
  }

  /** Does what is due. */
  keep(): void {
    const now = performance.now()
    for (const entry of this.#chores) {
      if (now < entry.next || !entry.chore.isStale()) continue
      entry.next = now + entry.chore.everyMs
      entry.chore.renew(false)
    }
  }

  /** Milliseconds until something will be due, but not more than `left`; -1 stands for never. */
  earlier(left: number): number {
    let earliest = left
    for (const { chore, next } of this.#chores) {
      if (!chore.isStale()) continue
      const due = Math.max(0, Math.ceil(next - performance.now()))
      if (earliest < 0 || due < earliest) earliest = due
    }
    return earliest
  }

  /** Everything for the last time. */
  end(): void {
    for (const { chore } of this.#chores.splice(0)) chore.renew(true)
  }
}
