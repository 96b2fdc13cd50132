import type { Counters } from '../budget.js'
import type { Step } from '../chain.js'
import type { RecordBase } from '../records.js'
import type { Use } from '../store.js'
import type { Scheduled } from './schedule.js'
import type { Placed } from './timeline.js'

/** A record with all that goes when it goes. */
export interface Slot<T extends RecordBase = RecordBase> extends Placed, Scheduled {
  version: number
  record: T
  keepUntil: number | null
  /** What the record hangs on directly: said once, as it is asked for with every read. */
  steps: readonly Step[]
  use: Use | null
  counters: Counters
  dead: boolean
}
