import type { Json } from './json.js'
import type { ActorRef, Owner } from './subject.js'

/** Everything that is told about, by type. Those marked "audit" are also kept by the store. */
export type EventType =
  | 'token.issued' // audit
  | 'token.updated' // audit
  | 'token.rotated' // audit
  | 'token.paused' // audit
  | 'token.resumed' // audit
  | 'token.revoked' // audit
  | 'token.revealed' // audit
  | 'tokens.revoked' // audit: all tokens of an owner or a tenant
  | 'account.created' // audit
  | 'account.updated' // audit
  | 'account.deleted' // audit
  | 'account.suspended' // audit
  | 'account.resumed' // audit
  | 'account.cut_off' // audit
  | 'token.refused'
  | 'use.dropped'
  | 'store.failed'
  | 'store.corrupt'
  | 'store.not_durable'

/** Carries ids, never secrets. */
export interface Event {
  readonly type: EventType
  /** Milliseconds since 1970 by the store's clock; `null` where the store did not say. */
  readonly at: number | null
  /** The id of what it happened to: of a token, or of an account such as `account:sa_7`. */
  readonly about?: string
  /** Who asked for it, for changes. */
  readonly by?: ActorRef
  readonly owner?: Owner
  readonly tenant?: string
  /** What changed or why, in names and ids. */
  readonly detail?: Readonly<Record<string, Json>>
}

/** Takes events as they happen. Whatever it throws or rejects with is ignored: telling never blocks or fails a decision. */
export type EventListener = (event: Event) => unknown

/** A listener that cannot do harm. */
export function safeListener(listener: EventListener | undefined): (event: Event) => void {
  if (listener === undefined) return () => {}
  return (event) => {
    try {
      Promise.resolve(listener(Object.freeze(event))).catch(() => {})
    } catch {
      // A decision that has been made is not undone by the host's logging.
    }
  }
}
