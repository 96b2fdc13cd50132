import type { AccountRecord, TokenRecord } from '../records.js'
import { endedWith } from '../status.js'
import type { Filters } from '../store.js'
import type { Lists } from './lists.js'
import type { Slot } from './slot.js'
import { Table } from './table.js'

/**
 * Accounts, which stay. What is due of one is the tokens that ended with it; once none of them is left, it is due no more, which
 * counts as one that was removed.
 */
export class Accounts extends Table<AccountRecord> {
  readonly #tokens: Table<TokenRecord>

  constructor(lists: Lists<AccountRecord>, tokens: Table<TokenRecord>) {
    super(lists)
    this.#tokens = tokens
  }

  override sweep(now: number, limit: number): number {
    let removed = 0
    for (let due = this.schedule.due(now); due !== undefined && removed < limit; due = this.schedule.due(now)) {
      const over = this.#over(due, limit - removed)
      for (const slot of over) this.#tokens.remove(slot)
      removed += over.length
      if (removed === limit) break
      this.put(due.id, due, Object.freeze({ ...due.record, keepUntil: null }))
      removed++
    }
    return removed
  }

  /** Tokens that ended with an account, oldest first, at most so many: they are older than those that live. */
  #over({ id, record }: Slot<AccountRecord>, most: number): readonly Slot<TokenRecord>[] {
    const of = { kind: record.type, id: id.slice(record.type.length + 1) }
    const filter: Filters['token'] = of.kind === 'tenant' ? { tenant: of.id } : { owner: { kind: of.kind, id: of.id } }
    const over: Slot<TokenRecord>[] = []
    for (const slot of this.#tokens.oldestFirst(filter)) {
      if (over.length === most) break
      if (endedWith(record, slot.record)) over.push(slot)
    }
    return over
  }
}
