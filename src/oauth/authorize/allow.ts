import { randomBase62 } from '../../core/base62.js'
import { frozenList } from '../../core/frozen.js'
import { type Json, sameJson } from '../../core/json.js'
import { type Actor, user } from '../../core/subject.js'
import type { AuthorizationRecord, CodeState, GrantRecord, SignedIn } from '../../store/records.js'
import type { Row } from '../../store/store.js'
import type { Client } from '../clients/client.js'
import { keepClient } from '../clients/keep.js'
import { appearanceOf, snapshotOf } from '../clients/snapshot.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import {
  epochsUnder,
  grantEpoch,
  grantInForce,
  grantKey,
  type Parties,
  readStanding,
  type Standing,
} from '../standing.js'

/** What a subject allows a client, and how the client is to get it. */
export interface Allowance extends Parties {
  readonly subject: string
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly boundTo: string | null
  readonly signIn: SignedIn
  /** The id of the authorization. */
  readonly locator: string
  readonly code: NewCode
}

/** The client and what it hangs on, as they were before the subject was asked. */
export interface Seen {
  readonly appearance: string
  readonly epochs: AuthorizationRecord['epochs']
}

/** The code, or device code, that the client redeems. */
export interface NewCode extends Omit<CodeState, 'expiresAt' | 'attempts' | 'usedAt'> {
  /** By default that of a code. */
  readonly expiresAt?: number
}

/** Each attempt that fails means that somebody else's write succeeded. */
const MOST_ATTEMPTS = 20

/**
 * Adds what is allowed to the grant, and begins an authorization under it, as the parties stand. What moves meanwhile makes it void, and
 * so does what `demand` throws for the parties as they stand then. Throws a `Refusal`.
 */
export async function allow(
  context: Context,
  found: Standing,
  allowance: Allowance,
  demand: (standing: Standing) => void = () => {},
): Promise<void> {
  let standing = found
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const grant = (await keepClient(context, standing.client))
      ? await putGrant(context, standing, allowance)
      : undefined
    if (grant !== undefined) {
      if (await putAuthorization(context, standing, grant, allowance)) return
      const { record } = await context.store.get('authorization', allowance.locator)
      if (record !== undefined) throw new Refusal('interaction_unknown', { detail: 'it was answered already' })
    }
    // What this very consent began anew has not moved since.
    const epochs = epochsUnder(standing.epochs, grant?.record.epoch ?? grantEpoch(standing))
    const seen = { epochs, appearance: appearanceOf(standing.client) }
    standing = await readStanding(context, allowance)
    demandUnmoved(standing, seen)
    demand(standing)
  }
  throw new Refusal('unavailable', { detail: 'the grant keeps changing' })
}

/** Throws a `Refusal` where somebody may not act any more, or something else is there than was seen. */
export function demandUnmoved(standing: Standing, { epochs, appearance }: Seen): void {
  if (!standing.isActive) throw new Refusal('subject_inactive')
  const { subject, tenant, client } = standing.epochs
  const isSame = subject === epochs.subject && tenant === epochs.tenant && client === epochs.client
  const isShown = appearanceOf(standing.client) === appearance
  if (!isSame || !isShown || grantEpoch(standing) !== epochs.grant) throw new Refusal('interaction_outdated')
}

/** The grant with what is allowed in it; `undefined` where somebody else wrote first. */
async function putGrant(context: Context, standing: Standing, allowance: Allowance): Promise<Row<'grant'> | undefined> {
  const { store, audit, tell } = context
  const before = standing.grant
  const record = grantWith(context, standing, allowance)
  if (before !== undefined && record === before.record) return before
  const id = before?.id ?? `g_${randomBase62(16)}`
  const by: Actor = user(allowance.subject)
  const event = audit(standing.now, {
    type: 'grant.allowed',
    by,
    about: id,
    owner: { kind: 'user', id: allowance.subject },
    tenant: allowance.tenant,
    detail: { client: allowance.client, scopes: [...record.scopes] },
  })
  const options = { onlyIf: standing.conditions, event }
  const outcome = await store.write('grant', id, before?.version ?? 0, record, options)
  if (outcome !== 'written') return undefined
  tell(event)
  return { id, version: (before?.version ?? 0) + 1, record }
}

/** A grant in force keeps its epoch and is added to; any other one begins anew, at a later epoch: what hung on it stays dead. */
function grantWith(
  context: Context,
  standing: Standing,
  { subject, tenant, client, scopes, resources }: Allowance,
): GrantRecord {
  const { now, epochs, grant } = standing
  const snapshot = snapshotOf(standing.client)
  const record = grantInForce(standing)?.record
  if (record !== undefined) {
    const next = {
      scopes: joined(record.scopes, scopes),
      resources: joined(record.resources, resources),
      snapshot,
    }
    const isSame =
      next.scopes.length === record.scopes.length &&
      next.resources.length === record.resources.length &&
      sameJson(snapshot, record.snapshot)
    return isSame ? record : { ...record, ...next }
  }
  return {
    subject,
    client,
    snapshot,
    scopes: frozenList(scopes),
    resources: frozenList(resources),
    tenant,
    label: null,
    status: 'active',
    epoch: grant === undefined ? 0 : grant.record.epoch + 1,
    epochs,
    createdAt: now,
    order: context.order(now),
    unique: grantKey({ subject, tenant, client }),
    keepUntil: null,
  }
}

const joined = (a: readonly string[], b: readonly string[]): readonly string[] => frozenList([...new Set([...a, ...b])])

/** A new authorization with its code; false where something moved. */
async function putAuthorization(
  { store, lifetimes, order }: Context,
  standing: Standing,
  grant: Row<'grant'>,
  { scopes, resources, boundTo, signIn, locator, code }: Allowance,
): Promise<boolean> {
  const { now } = standing
  const { hash, pepper, challenge, redirectUri, nonce } = code
  const expiresAt = code.expiresAt ?? now + lifetimes.code
  const endsAt = now + lifetimes.refresh
  const record: AuthorizationRecord = {
    grant: grant.id,
    status: 'active',
    scopes: frozenList(scopes),
    resources: frozenList(resources),
    idleExpiresAt: expiresAt,
    expiresAt: endsAt,
    boundTo,
    signIn,
    code: { hash, pepper, challenge, redirectUri, nonce, expiresAt, attempts: 0, usedAt: null },
    refresh: null,
    epochs: epochsUnder(standing.epochs, grant.record.epoch),
    createdAt: now,
    order: order(now),
    unique: null,
    // Until it is redeemed nothing hangs on it.
    keepUntil: expiresAt + lifetimes.access,
  }
  const onlyIf = [...standing.conditions, { kind: 'grant' as const, id: grant.id, version: grant.version }]
  return (await store.write('authorization', locator, 0, record, { onlyIf })) === 'written'
}

/** Whether a client is still what the subject saw, in all that matters: where answers go, and whose keys count. */
export const isAsSeen = (client: Client, grant: GrantRecord): boolean =>
  sameJson(decisive(snapshotOf(client)), decisive(grant.snapshot))

const decisive = ({ redirect_uris, jwks, jwks_uri }: GrantRecord['snapshot']): Json => [
  redirect_uris ?? null,
  jwks ?? null,
  jwks_uri ?? null,
]
