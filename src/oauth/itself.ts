import { randomBase62 } from '../core/base62.js'
import { OAUTH } from '../core/credential.js'
import { frozenList } from '../core/frozen.js'
import { system } from '../core/subject.js'
import { registeredScopes } from '../store/grant-status.js'
import type { AuthorizationRecord, GrantRecord } from '../store/records.js'
import type { Row } from '../store/store.js'
import { resourceIn } from './checks/resource.js'
import { parseScope } from './checks/scope.js'
import type { Client } from './clients/client.js'
import { findActiveClient } from './clients/find.js'
import { keepClient } from './clients/keep.js'
import { snapshotOf } from './clients/snapshot.js'
import type { Context } from './context.js'
import type { AccessWish } from './mint/access.js'
import { firstRefresh } from './mint/refresh.js'
import type { ProvenKey } from './proof.js'
import { Refusal } from './refusal.js'
import type { Resource } from './resources.js'
import { epochsUnder, grantInForce, grantKey, type Parties, readStanding, type Standing } from './standing.js'

/** What a client asks for itself. */
export interface OwnWish {
  /** In the wire form; all that it is registered for where it is absent. */
  readonly scope: string | undefined
  readonly resources: readonly string[]
  readonly key: ProvenKey
  /** Whether it gets a refresh token as well. */
  readonly isRefreshed: boolean
}

/** What it gets. */
export interface Begun {
  readonly access: AccessWish
  readonly refreshToken: string | undefined
}

const MOST_ATTEMPTS = 20

/**
 * Begins an authorization of a client for itself, under the grant that has no subject. The most that it may have is what it was
 * registered with, scopes and roles, and nothing where that is neither. Throws a `Refusal`.
 */
export async function beginForItself(context: Context, client: Client, wish: OwnWish): Promise<Begun> {
  const resource = resourceIn(wish.resources, context.resources)
  let found = client
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const scopes = scopesFor(context, found, resource, wish.scope)
    // What cannot be signed is not begun.
    if (resource.format === 'jwt') await context.keys?.active()
    const boundTo = await wish.key.use()
    const standing = await readStanding(context, partiesOf(found), found)
    const grant = (await keepClient(context, found)) ? await putGrant(context, standing, resource) : undefined
    const begun =
      grant &&
      (await putAuthorization(context, standing, grant, { resource, scopes, boundTo, isRefreshed: wish.isRefreshed }))
    if (begun !== undefined) return begun
    found = await findActiveClient(context, client.id)
  }
  throw new Refusal('unavailable', { detail: 'the client keeps changing' })
}

/** A client in its own tenant. */
const partiesOf = ({ id, record }: Client): Parties => ({ subject: null, tenant: record.tenant, client: id })

/** The scopes that a client is registered with; its roles come on top, and resolve whenever it is checked. */
const registered = ({ metadata }: Client): readonly string[] => registeredScopes(metadata) ?? []

function scopesFor(
  { catalogue }: Context,
  client: Client,
  resource: Resource,
  asked: string | undefined,
): readonly string[] {
  const most = catalogue.resolve(registered(client), client.record.roles)
  if (asked === undefined) return most.filter((scope) => resource.scopes.includes(scope))
  const scopes = parseScope(asked)
  if (!scopes.every((scope) => resource.scopes.includes(scope))) throw new Refusal('scope_unknown')
  if (!scopes.every((scope) => most.includes(scope))) throw new Refusal('scope_not_allowed', { detail: client.id })
  return scopes
}

/** The client's own grant, made on its first use; `undefined` where somebody else wrote first. */
async function putGrant(context: Context, standing: Standing, resource: Resource): Promise<Row<'grant'> | undefined> {
  const { store, audit, tell } = context
  const { now, grant: before, client } = standing
  const record = grantWith(context, standing, resource)
  if (before !== undefined && record === before.record) return before
  const id = before?.id ?? `g_${randomBase62(16)}`
  const isNarrowed = before?.record.epoch === record.epoch && !isWithin(before.record.scopes, record.scopes)
  const event = audit(now, {
    type: isNarrowed ? 'grant.narrowed' : 'grant.allowed',
    by: system,
    about: id,
    tenant: record.tenant,
    detail: { client: client.id, scopes: [...record.scopes], itself: true },
  })
  const change = isNarrowed && {
    change: { effect: 'narrowed' as const, status: 'active', epochs: { epoch: record.epoch } },
  }
  const options = { onlyIf: standing.conditions, event, ...change }
  if ((await store.write('grant', id, before?.version ?? 0, record, options)) !== 'written') return undefined
  tell(event)
  return { id, version: (before?.version ?? 0) + 1, record }
}

const isWithin = (part: readonly string[], whole: readonly string[]) => part.every((scope) => whole.includes(scope))

/** Its scopes are those that the client is registered with now. After a revocation it begins anew, at a later epoch. */
function grantWith(context: Context, standing: Standing, { id }: Resource): GrantRecord {
  const { now, client, epochs, grant } = standing
  const scopes = frozenList(registered(client))
  const record = grantInForce(standing)?.record
  if (record !== undefined) {
    const isSame = isWithin(record.scopes, scopes) && isWithin(scopes, record.scopes) && record.resources.includes(id)
    return isSame ? record : { ...record, scopes, resources: frozenList([...new Set([...record.resources, id])]) }
  }
  const parties = partiesOf(client)
  return {
    ...parties,
    snapshot: snapshotOf(client),
    scopes,
    resources: frozenList([id]),
    label: null,
    status: 'active',
    epoch: grant === undefined ? 0 : grant.record.epoch + 1,
    epochs,
    createdAt: now,
    order: context.order(now),
    unique: grantKey(parties),
    keepUntil: null,
  }
}

interface Decided extends Pick<OwnWish, 'isRefreshed'> {
  readonly resource: Resource
  readonly scopes: readonly string[]
  readonly boundTo: string | null
}

/** A new authorization; `undefined` where the grant moved. */
async function putAuthorization(
  context: Context,
  { now, epochs, client }: Standing,
  grant: Row<'grant'>,
  { resource, scopes, boundTo, isRefreshed }: Decided,
): Promise<Begun | undefined> {
  const { store, lifetimes, order } = context
  const id = randomBase62(OAUTH.refresh.locator)
  const refresh = isRefreshed ? firstRefresh(context, id, now) : undefined
  const idleExpiresAt = now + (isRefreshed ? lifetimes.refreshIdle : lifetimes.access)
  const record: AuthorizationRecord = {
    grant: grant.id,
    status: 'active',
    scopes: frozenList(scopes),
    resources: frozenList([resource.id]),
    idleExpiresAt,
    expiresAt: now + (isRefreshed ? lifetimes.refresh : lifetimes.access),
    boundTo,
    signIn: null,
    code: null,
    refresh: refresh?.state ?? null,
    epochs: epochsUnder(epochs, grant.record.epoch),
    createdAt: now,
    order: order(now),
    unique: null,
    keepUntil: idleExpiresAt + lifetimes.access,
  }
  const onlyIf = [{ kind: 'grant' as const, id: grant.id, version: grant.version }]
  if ((await store.write('authorization', id, 0, record, { onlyIf })) !== 'written') return undefined
  context.uses.add('grant', grant.id, now, null)
  const chain = {
    ...(client.chain.tenant && { tenant: client.chain.tenant, clientTenant: client.chain.tenant }),
    client: { kind: 'client' as const, id: client.id, version: client.version, record: client.record },
    grant: { kind: 'grant' as const, id: grant.id, version: grant.version, record: grant.record },
  }
  return { access: { id, record, chain, now, resource, scopes, boundTo }, refreshToken: refresh?.text }
}
