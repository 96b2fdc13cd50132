/** What can be due. */
export interface Scheduled {
  /** From when on it may go; `null` for never. It may move to a later time in place, but not to an earlier one. */
  readonly keepUntil: number | null
  /** Set when it has gone, or another one has taken its place. */
  dead: boolean
  /** Under which time the schedule has it, or `UNSCHEDULED`. For the schedule alone. */
  dueAt: number
}

/** No moment: 0 is one. */
export const UNSCHEDULED = -1

/** Entries by when they are due: a binary heap, in which an entry that has moved to a later time is found out when it comes up. */
export class Schedule<T extends Scheduled> {
  #heap: T[] = []
  #dead = 0

  add(entry: T): void {
    if (entry.keepUntil === null || entry.dueAt !== UNSCHEDULED) return
    entry.dueAt = entry.keepUntil
    this.#up(this.#heap.push(entry) - 1, entry)
  }

  /** Tells of an entry that was marked dead. Those that are dead never outnumber the others. */
  forget(entry: T): void {
    if (entry.dueAt === UNSCHEDULED) return
    this.#dead++
    if (this.#dead * 2 <= this.#heap.length) return
    this.#heap = this.#heap.filter(({ dead }) => !dead).sort((a, b) => a.dueAt - b.dueAt)
    this.#dead = 0
  }

  /** The entry that is due first, if it is; it stays. */
  due(now: number): T | undefined {
    for (let first = this.#heap[0]; first !== undefined && first.dueAt <= now; first = this.#heap[0]) {
      if (!first.dead && first.keepUntil !== null && first.keepUntil <= now) return first
      this.#pop()
      if (first.dead) this.#dead--
      first.dueAt = UNSCHEDULED
      if (!first.dead) this.add(first)
    }
    return undefined
  }

  #pop(): void {
    const last = this.#heap.pop() as T
    if (this.#heap.length > 0) this.#down(last)
  }

  #up(at: number, entry: T): void {
    for (let i = at; ; ) {
      const parent = (i - 1) >> 1
      const above = this.#heap[parent]
      if (i === 0 || above === undefined || above.dueAt <= entry.dueAt) {
        this.#heap[i] = entry
        return
      }
      this.#heap[i] = above
      i = parent
    }
  }

  #down(entry: T): void {
    for (let i = 0; ; ) {
      const left = this.#heap[2 * i + 1]
      const right = this.#heap[2 * i + 2]
      const below = right !== undefined && left !== undefined && right.dueAt < left.dueAt ? right : left
      if (below === undefined || entry.dueAt <= below.dueAt) {
        this.#heap[i] = entry
        return
      }
      this.#heap[i] = below
      i = below === left ? 2 * i + 1 : 2 * i + 2
    }
  }
}
