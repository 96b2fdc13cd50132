import { randomBase62 } from '../core/base62.js'
import type { EventType } from '../core/event.js'
import type { Json } from '../core/json.js'
import { createOrder } from '../core/order.js'
import { type Actor, actorRef, type Owner } from '../core/subject.js'
import { type Duration, duration } from '../core/time.js'
import type { EventRecord } from './records.js'

/** What happened, to which record, in whose realm. */
export interface Happening {
  readonly type: EventType
  readonly by: Actor
  readonly about: string
  readonly owner?: Owner
  readonly tenant?: string | null
  readonly detail?: Readonly<Record<string, Json>>
}

/** Makes the events that a store keeps with the records they are about. */
export type Audit = (now: number, happening: Happening) => EventRecord

type Writable<T> = { -readonly [M in keyof T]: T[M] }

/** The event's id has 95 random bits. */
const ID_LENGTH = 16

/** `keep` is how long an event stays in the audit trail; one year by default. */
export function createAudit(keep: Duration = '1y'): Audit {
  const kept = duration(keep, 'retention.audit')
  const order = createOrder()
  return (now, { type, by, about, owner, tenant, detail }) => {
    const event: Writable<EventRecord> = {
      id: randomBase62(ID_LENGTH),
      type,
      at: now,
      about,
      by: actorRef(by),
      createdAt: now,
      order: order(now),
      unique: null,
      keepUntil: now + kept,
    }
    if (owner !== undefined) event.owner = owner
    if (typeof tenant === 'string') event.tenant = tenant
    if (detail !== undefined) event.detail = Object.freeze(detail)
    return Object.freeze(event)
  }
}
