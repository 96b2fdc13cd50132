import type { MintedCredential, ParsedCredential } from '../core/credential.js'
import type { AuthorizationRecord, RefreshAsked, RefreshState } from '../store/records.js'
import {
  endAuthorization,
  type FoundAuthorization,
  readAuthorization,
  scopesAt,
  scopesOf,
  statusOf,
} from './authorization.js'
import { resourceIn } from './checks/resource.js'
import { parseScope } from './checks/scope.js'
import type { Context } from './context.js'
import type { TokenSet } from './grants/grant.js'
import { tokenSet } from './grants/token-set.js'
import { matchRefresh, newSalt, type RefreshMatch, rotated, salted, successorOf } from './mint/refresh.js'
import type { ProvenKey, Prover } from './proof.js'
import { Refusal } from './refusal.js'
import type { Resource } from './resources.js'

/** A refresh token, and what is asked for with it. */
export interface RefreshRequest extends Pick<Prover, 'prove'> {
  readonly token: unknown
  /** In the wire form; all that the authorization has where it is absent. */
  readonly scope: string | undefined
  readonly resources: readonly string[]
  /** Throws a `Refusal` unless the authorization is that of whoever asks. */
  readonly demandHolder: (found: FoundAuthorization) => void
}

/** The tokens, and the store's time from which they count. */
export interface Refreshed {
  readonly set: TokenSet
  readonly now: number
}

const MOST_WRITES = 50

/**
 * Each use rotates a refresh token. A repeat within the window gets the same successor, for its answer may have been lost; any other one
 * is reuse, and ends this one authorization (RFC 9700 section 4.14.2), but only when whoever asks has shown to be its client, with its
 * key. Throws a `Refusal`.
 */
export async function rotateRefresh(context: Context, request: RefreshRequest): Promise<Refreshed> {
  const sent = context.credentials.refresh.parse(request.token)
  if (sent === undefined) throw new Refusal('refresh_unknown')
  for (let attempt = 0; attempt < MOST_WRITES; attempt++) {
    const found = await findRefresh(context, sent)
    request.demandHolder(found)
    const key = await request.prove(found.record.boundTo)
    await judgeLife(context, found)
    const wish = wishOf(context, found, request)
    const set =
      found.match === 'current'
        ? await rotate(context, found, sent, wish, key)
        : await repeat(context, found, repeated(context, found, sent), wish, key)
    if (set !== undefined) return { set, now: found.now }
  }
  throw new Refusal('unavailable', { detail: 'the authorization keeps changing' })
}

interface FoundRefresh extends FoundAuthorization {
  readonly state: RefreshState
  readonly match: Exclude<RefreshMatch, 'unknown'>
}

async function findRefresh(context: Context, sent: ParsedCredential): Promise<FoundRefresh> {
  const found = await readAuthorization(context, sent.locator)
  const state = found?.record.refresh ?? null
  const match = matchRefresh(context, sent, state)
  if (found === undefined || state === null || match === 'unknown') throw new Refusal('refresh_unknown')
  const { id, version, record, chain, now } = found
  return { id, version, record, chain, now, state, match }
}

/** What is over is not ended again. What is only stopped is ended by a reuse: it would live on when it is resumed. */
async function judgeLife(context: Context, found: FoundRefresh): Promise<void> {
  const { id, record, now, match, state } = found
  const status = statusOf(found)
  if (status === 'revoked') throw new Refusal('grant_ended')
  if (Math.min(record.idleExpiresAt, record.expiresAt) <= now) throw new Refusal('refresh_expired')
  if (match === 'outdated' || (match === 'previous' && !isInWindow(context, now, state))) {
    await endAuthorization(context, id, 'refresh_reused')
    throw new Refusal('refresh_reused', { detail: id })
  }
  if (status !== 'active') throw new Refusal('grant_ended')
}

/** Whether a repeat may have the same refresh token again: for as long as its salt is kept, and no longer. */
export const isInWindow = ({ lifetimes }: Context, now: number, { rotatedAt, salt }: RefreshState): boolean =>
  salt !== undefined && now - rotatedAt < lifetimes.refreshWindow

export interface Wish {
  readonly resource: Resource
  readonly scopes: readonly string[]
}

/** What this access token is for: no more than the authorization has, however often it was narrowed before (OAuth 2.1 section 4.3.1). */
function wishOf(context: Context, found: FoundAuthorization, { scope, resources }: RefreshRequest): Wish {
  const { record } = found
  const resource = resourceIn(resources, context.resources, record.resources)
  const asked = scope === undefined ? record.scopes : parseScope(scope)
  if (!asked.every((scope) => record.scopes.includes(scope))) throw new Refusal('scope_not_allowed')
  const own = scopesOf(context, found)
  return { resource, scopes: scopesAt(context, resource, asked).filter((scope) => own.includes(scope)) }
}

/** The tokens, and the one write that makes them valid; `undefined` where somebody else wrote first. */
async function rotate(
  context: Context,
  found: FoundRefresh,
  sent: ParsedCredential,
  wish: Wish,
  key: ProvenKey,
): Promise<TokenSet | undefined> {
  const { store, lifetimes } = context
  const { id, record, chain, now, version, state } = found
  const { resource, scopes } = wish
  const boundTo = await key.use()
  const salt = newSalt()
  const successor = successorOf(context, { token: sent, salt, pepper: state.current.pepper })
  const idleExpiresAt = Math.min(now + lifetimes.refreshIdle, record.expiresAt)
  const asked: RefreshAsked = { resource: resource.id, scopes, boundTo }
  const { kept, keepUntil } = salted(context, salt, now, idleExpiresAt + lifetimes.access)
  const next: AuthorizationRecord = {
    ...record,
    refresh: rotated(context, state, successor, now, { asked, ...kept }),
    idleExpiresAt,
    keepUntil,
  }
  const set = await tokenSet(context, { id, record: next, chain, now, resource, scopes, boundTo }, successor.text)
  const onlyIf = [{ kind: 'grant' as const, id: chain.grant.id, version: chain.grant.version }]
  const outcome = await store.write('authorization', id, version, next, { onlyIf })
  if (outcome !== 'written') return undefined
  context.uses.add('grant', chain.grant.id, now, null)
  return set
}

/** The successor that was handed out before. */
function repeated(context: Context, { state }: FoundRefresh, token: ParsedCredential): MintedCredential {
  const { salt, previous } = state
  if (salt === undefined) throw new Refusal('refresh_unknown')
  return successorOf(context, { token, salt: salt.text, pepper: previous?.pepper ?? null })
}

/** The same refresh token again, and nothing written: its answer may have been lost. It gives no more than that answer did. */
export async function repeat(
  context: Context,
  { id, record, chain, now, state }: FoundAuthorization & { readonly state: RefreshState },
  successor: MintedCredential,
  { resource, scopes }: Wish,
  key: ProvenKey,
): Promise<TokenSet> {
  if (!context.credentials.refresh.matches(successor, state.current)) throw new Refusal('refresh_unknown')
  const { asked } = state
  if (asked === null || asked.resource !== resource.id) throw new Refusal('resource_unknown')
  if (!scopes.every((scope) => asked.scopes.includes(scope))) throw new Refusal('scope_not_allowed')
  if (key.jkt !== asked.boundTo) throw new Refusal('key_mismatch')
  const boundTo = await key.use()
  context.uses.add('grant', chain.grant.id, now, null)
  context.tell({ type: 'refresh.repeated', at: now, about: id, detail: { client: chain.client.id } })
  return tokenSet(context, { id, record, chain, now, resource, scopes, boundTo }, successor.text)
}
