import type { GrantStanding } from '../../store/grant-status.js'
import { accountId, type Kind } from '../../store/records.js'
import type { Change } from '../../store/store.js'

/** A token to be held against what is known. */
export interface Issued extends GrantStanding {
  /** The id of the key that signed it. */
  readonly key: string
  readonly authorization: string | null
  /** The tenant of the client, where that is not the one of the grant. */
  readonly clientTenant?: string
  /** Milliseconds since 1970, by the clock of the store: a moment before its principals were read. */
  readonly issuedAt: number
}

/** `live` where nothing is known against a token; otherwise why it is refused. */
export type RevocationVerdict = 'live' | 'revoked' | 'owner_inactive' | 'too_old' | 'unavailable'

/** What is known of a record that changed. */
interface Fate {
  readonly at: number
  readonly status: string
  readonly epochs: Readonly<Record<string, number>>
  /** What was issued until then may have more than is left. */
  readonly narrowedAt: number
}

/** What a token hangs on, and by which epoch; none for what counts by its status alone. */
type Tie = readonly [kind: Kind, id: string, epoch?: readonly [name: string, carried: number]]

function tiesOf({ subject, tenant, client, clientTenant, grant, authorization, epochs }: Issued): readonly Tie[] {
  const [ofSubject, ofTenant, ofClient, ofGrant] = epochs
  const ties: Tie[] = [
    ['client', client, ['epoch', ofClient]],
    ['grant', grant, ['epoch', ofGrant]],
  ]
  if (subject !== null) ties.push(['account', accountId({ kind: 'user', id: subject }), ['grants', ofSubject]])
  if (tenant !== null) ties.push(['account', accountId({ kind: 'tenant', id: tenant }), ['grants', ofTenant]])
  // Whether it is active counts, and not its epoch: nothing of the grant hangs on that.
  if (clientTenant !== undefined) ties.push(['account', accountId({ kind: 'tenant', id: clientTenant })])
  if (authorization !== null) ties.push(['authorization', authorization])
  return ties
}

const nameOf = (kind: Kind, id: string) => `${kind}:${id}`
/** API tokens are nothing that a grant hangs on. */
const FOLLOWED: ReadonlySet<Kind> = new Set<Kind>(['account', 'client', 'grant', 'authorization'])

/** What the feed has told of the records that tokens hang on, for as long as such tokens may live. */
export class Known {
  readonly #most: number
  /** In the order of their latest change. */
  readonly #fates = new Map<string, Fate>()
  readonly #endedKeys: Set<string>
  #since: number

  /**
   * All changes after `since`, in milliseconds by the clock of the store, are going to be told. Signing keys that were revoked are added
   * to those that are known already, and stay there: whoever stole one dates what it signs as they like.
   */
  constructor(since: number, most: number, endedKeys: Set<string> = new Set()) {
    this.#since = since
    this.#most = most
    this.#endedKeys = endedKeys
  }

  get size(): number {
    return this.#fates.size
  }

  tell({ kind, id, at, status, epochs, effect }: Change): void {
    if (kind === 'key' && effect === 'ended') this.#endedKeys.add(id)
    if (!FOLLOWED.has(kind)) return
    const name = nameOf(kind, id)
    const before = this.#fates.get(name)
    this.#fates.delete(name)
    const narrowedAt = effect === 'narrowed' ? at : (before?.narrowedAt ?? Number.NEGATIVE_INFINITY)
    this.#fates.set(name, { at, status, epochs: highest(before?.epochs, epochs), narrowedAt })
    if (this.#fates.size > this.#most) this.#dropOldest()
  }

  /** Forgets what changed before a moment: tokens that were issued until then have expired, or are refused. */
  forgetUntil(moment: number): void {
    for (const { at } of this.#fates.values()) {
      if (at >= moment) break
      this.#dropOldest()
    }
    this.#since = Math.max(this.#since, moment)
  }

  /** A token that was issued before what is known begins can be told no more about: it is to be replaced by a newer one. */
  judge(token: Issued): RevocationVerdict {
    if (this.#endedKeys.has(token.key)) return 'revoked'
    if (token.issuedAt <= this.#since) return 'too_old'
    for (const [kind, id, epoch] of tiesOf(token)) {
      const fate = this.#fates.get(nameOf(kind, id))
      const verdict = fate === undefined ? 'live' : judgeTie(fate, epoch, token.issuedAt)
      if (verdict !== 'live') return verdict
    }
    return 'live'
  }

  #dropOldest(): void {
    for (const [name, { at }] of this.#fates) {
      this.#fates.delete(name)
      this.#since = Math.max(this.#since, at)
      return
    }
  }
}

function judgeTie({ status, epochs, narrowedAt }: Fate, epoch: Tie[2], issuedAt: number): RevocationVerdict {
  if (epoch !== undefined) {
    const [name, carried] = epoch
    const known = Object.hasOwn(epochs, name) ? epochs[name] : undefined
    // A change that does not say which epoch it left is taken for the end of all of them.
    if (known === undefined || carried < known) return 'revoked'
    // It was issued after what is known here: after consent was given anew.
    if (carried > known) return 'live'
  }
  if (status === 'suspended') return 'owner_inactive'
  if (status !== 'active') return 'revoked'
  return issuedAt <= narrowedAt ? 'revoked' : 'live'
}

/** Epochs never fall: whatever says otherwise is not believed. */
function highest(before: Fate['epochs'] = {}, after: Fate['epochs']): Fate['epochs'] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  const of = (epochs: Fate['epochs'], name: string) => (Object.hasOwn(epochs, name) ? (epochs[name] ?? 0) : 0)
  return Object.fromEntries([...names].map((name) => [name, Math.max(of(before, name), of(after, name))]))
}
