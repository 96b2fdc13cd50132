import type { AuthorizationRecord } from '../records.js'
import { frozenCopy } from './copy.js'
import type { Slot } from './slot.js'
import { Table } from './table.js'

/** Authorizations, of which a sweep takes the salt first; that counts as one that was removed. */
export class Authorizations extends Table<AuthorizationRecord> {
  protected override take(slot: Slot<AuthorizationRecord>): void {
    const { refresh } = slot.record
    if (refresh?.salt === undefined) {
      this.remove(slot)
      return
    }
    const { salt, ...rest } = refresh
    this.put(slot.id, slot, frozenCopy({ ...slot.record, refresh: rest, keepUntil: salt.keepUntil }))
  }
}
