import type { Counters } from '../budget.js'
import type { Link } from '../chain.js'
import type { Note } from '../inspect.js'
import type { RecordBase } from '../records.js'
import type { Use } from '../store.js'
import { type Scheduled, UNSCHEDULED } from './schedule.js'
import type { Placed } from './timeline.js'

const NO_COUNTERS: Counters = Object.freeze({})

/** A record with all that goes when it goes. There may be millions, so that it has no more members than it needs. */
export class Slot<T extends RecordBase = RecordBase> implements Placed, Scheduled, Note {
  readonly id: string
  record: T
  version: number
  use: Use | null
  counters: Counters
  dead = false
  dueAt = UNSCHEDULED
  /** What it hung on when somebody last asked, and after how many changes of accounts that was. */
  chain: { readonly [role: string]: Link } | undefined = undefined
  chainAt = 0
  sound: object | undefined = undefined
  soundChain: object | undefined = undefined

  /** In the place of another one, or of none. */
  constructor(id: string, record: T, before?: Slot<T>) {
    this.id = id
    this.record = record
    this.version = before === undefined ? 1 : before.version + 1
    this.use = before === undefined ? null : before.use
    this.counters = before === undefined ? NO_COUNTERS : before.counters
  }

  get order(): number {
    return this.record.order
  }

  get keepUntil(): number | null {
    return this.record.keepUntil
  }
}
