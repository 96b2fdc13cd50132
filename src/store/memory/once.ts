import { lengthPrefixed } from '../../core/bytes.js'
import type { Entry } from '../records.js'
import { frozenCopy } from './copy.js'
import { Schedule, type Scheduled, UNSCHEDULED } from './schedule.js'

interface Single extends Scheduled {
  readonly key: string
  readonly value: Entry
  readonly keepUntil: number
  claim: string | undefined
}

/** How many expired entries an insertion removes at the most. */
const PURGED = 2

/**
 * Single-use entries. Each insertion first removes up to two that have expired, so that there are never more of them than
 * were ever alive at one time, swept or not.
 */
export class Onces {
  readonly #singles = new Map<string, Single>()
  readonly #schedule = new Schedule<Single>()

  insert(kind: string, name: string, value: Entry, keepUntil: number, now: number): boolean {
    const key = lengthPrefixed([kind, name])
    const before = this.#singles.get(key)
    if (before !== undefined && before.keepUntil > now) return false
    const single: Single = {
      key,
      value: frozenCopy(value),
      keepUntil,
      claim: undefined,
      dead: false,
      dueAt: UNSCHEDULED,
    }
    if (before !== undefined) this.#remove(before)
    this.sweep(now, PURGED)
    this.#singles.set(key, single)
    this.#schedule.add(single)
    return true
  }

  take(kind: string, name: string, claim: string, now: number): Entry | undefined {
    const single = this.#singles.get(lengthPrefixed([kind, name]))
    if (single === undefined || single.keepUntil <= now) return undefined
    single.claim ??= claim
    return single.claim === claim ? single.value : undefined
  }

  sweep(now: number, limit: number): number {
    let removed = 0
    for (; removed < limit; removed++) {
      const due = this.#schedule.due(now)
      if (due === undefined) break
      this.#remove(due)
    }
    return removed
  }

  hasDue(now: number): boolean {
    return this.#schedule.due(now) !== undefined
  }

  #remove(single: Single): void {
    this.#singles.delete(single.key)
    single.dead = true
    this.#schedule.forget(single)
  }
}
