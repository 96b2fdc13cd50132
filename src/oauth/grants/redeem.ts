import type { AuthorizationRecord, CodeState } from '../../store/records.js'
import { endAuthorization, type FoundAuthorization, scopesAt, scopesOf } from '../authorization.js'
import { resourceIn } from '../checks/resource.js'
import { isPublic } from '../clients/client.js'
import type { Context } from '../context.js'
import { firstOf, firstRefresh, type Origin, salted } from '../mint/refresh.js'
import type { ProvenKey } from '../proof.js'
import type { Wish } from '../refresh.js'
import { Refusal } from '../refusal.js'
import type { TokenRequest, TokenSet } from './grant.js'
import { tokenSet } from './token-set.js'

/** Milliseconds in which a repeat that is otherwise valid leaves the winner its tokens: two requests of one impatient client. */
const RACE = 2000

/** Of a valid repeat: within a moment the winner keeps its tokens; later, somebody else has the code, and the authorization ends. */
export async function refuseRepeat(context: Context, { id, now }: FoundAuthorization, usedAt: number): Promise<never> {
  if (now - usedAt > RACE) await endAuthorization(context, id, 'code_reused')
  throw new Refusal('code_used')
}

/** A code that nobody has used, and the key that it is redeemed with. */
export interface Redeemed {
  readonly code: CodeState
  readonly key: ProvenKey
  /** What the refresh token is derived from, where a repeat is to get it again. */
  readonly origin?: Origin
}

/** What a code gives to who redeems it. Throws a `Refusal`. */
export function codeWish(context: Context, { parameters }: TokenRequest, found: FoundAuthorization): Wish {
  const resource = resourceIn(parameters.all('resource'), context.resources, found.record.resources)
  return { resource, scopes: scopesAt(context, resource, scopesOf(context, found)) }
}

/**
 * The tokens, and the one write that makes them valid: what cannot be signed or kept does not use the code up. `undefined` where
 * somebody else wrote first.
 */
export async function redeem(
  context: Context,
  request: TokenRequest,
  found: FoundAuthorization,
  { code, key, origin }: Redeemed,
): Promise<TokenSet | undefined> {
  const { store, lifetimes } = context
  const { client } = request
  const { id, record, chain, now, version } = found
  const { resource, scopes } = codeWish(context, request, found)
  const boundTo = await key.use()
  const isRefreshed = client.metadata.grant_types.includes('refresh_token')
  const idleExpiresAt = Math.min(now + (isRefreshed ? lifetimes.refreshIdle : lifetimes.access), record.expiresAt)
  const end = idleExpiresAt + lifetimes.access
  const refresh = isRefreshed ? firstRefresh(context, id, now, origin && firstOf(context, origin)) : undefined
  const again = refresh && origin && salted(context, origin.salt, now, end)
  const asked = { resource: resource.id, scopes, boundTo }
  const next: AuthorizationRecord = {
    ...record,
    // The tokens of a public client are bound to the key that they were asked for with; those of others, each to its own.
    boundTo: record.boundTo ?? (isPublic(client) ? boundTo : null),
    code: { ...code, usedAt: now },
    refresh: refresh === undefined ? null : { ...refresh.state, ...(again && { asked, ...again.kept }) },
    idleExpiresAt,
    keepUntil: again?.keepUntil ?? end,
  }
  const set = await tokenSet(context, { id, record: next, chain, now, resource, scopes, boundTo }, refresh?.text)
  const onlyIf = [{ kind: 'grant' as const, id: chain.grant.id, version: chain.grant.version }]
  const outcome = await store.write('authorization', id, version, next, { onlyIf })
  if (outcome !== 'written') return undefined
  context.uses.add('grant', chain.grant.id, now, null)
  return set
}
