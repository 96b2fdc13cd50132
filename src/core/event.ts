import type { Json } from './json.js'
import type { ActorRef, Owner } from './subject.js'

export const EVENT_TYPES = [
  'token.issued',
  'token.updated',
  'token.rotated',
  'token.paused',
  'token.resumed',
  'token.revoked',
  'token.revealed',
  'tokens.revoked',
  'account.created',
  'account.updated',
  'account.deleted',
  'account.suspended',
  'account.resumed',
  'account.cut_off',
  'key.announced',
  'key.activated',
  'key.retired',
  'key.removed',
  'key.revoked',
  'key.resealed',
  'key.unreadable',
  'keys.not_fetched',
  'revocations.not_followed',
  'token.not_introspected',
  'grant.allowed',
  'grant.updated',
  'grant.narrowed',
  'grant.revoked',
  'grants.revoked',
  'client.created',
  'client.updated',
  'client.deleted',
  'client.suspended',
  'client.resumed',
  'authorization.ended',
  'access.revoked',
  'refresh.repeated',
  'oauth.refused',
  'token.refused',
  'use.dropped',
  'store.failed',
  'store.corrupt',
  'store.not_durable',
] as const

/**
 * Everything that is told about, by type. The store keeps all changes: the audit trail.
 *
 * | type | told when |
 * |---|---|
 * | `token.issued`, `.updated`, `.rotated`, `.paused`, `.resumed`, `.revoked`, `.revealed` | a token was changed, or shown again; kept |
 * | `tokens.revoked` | all tokens of an owner or a tenant were revoked; kept |
 * | `account.created`, `.updated`, `.deleted`, `.suspended`, `.resumed`, `.cut_off` | an account was changed; kept |
 * | `key.announced`, `.activated`, `.retired`, `.removed` | a signing key entered a stage; kept |
 * | `key.revoked`, `.resealed` | a signing key was ended at once, or sealed under another sealing key; kept |
 * | `key.unreadable` | a signing key cannot be opened with the sealing keys of this process |
 * | `keys.not_fetched` | the keys of an issuer could not be had; `detail.kept` says whether earlier ones serve on |
 * | `revocations.not_followed` | the revocation feed could not be read; `detail.kept` says whether what is known serves on |
 * | `token.not_introspected` | an authorization server did not say whether a token is active |
 * | `grant.allowed`, `.updated`, `.narrowed`, `.revoked` | a subject allowed a client something, named it, or took it back; kept |
 * | `grants.revoked` | all grants of a subject, a client or a tenant were revoked; kept |
 * | `client.created`, `.updated`, `.deleted`, `.suspended`, `.resumed` | a client was changed; kept |
 * | `authorization.ended` | an authorization was ended, by its client or because its code or refresh token was used again; kept |
 * | `access.revoked` | an opaque access token was revoked by its client; kept |
 * | `refresh.repeated` | a refresh token was repeated whose answer may have been lost: it got the same successor |
 * | `oauth.refused` | a request to the authorization server was refused; `detail.rule` says why |
 * | `token.refused` | a check said no; `detail.reason` says why |
 * | `use.dropped` | more tokens were used between two flushes than are held |
 * | `store.failed` | the store rejected |
 * | `store.corrupt` | the store answered what the library did not write |
 * | `store.not_durable` | at the start: the store forgets when the process ends |
 */
export type EventType = (typeof EVENT_TYPES)[number]

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
