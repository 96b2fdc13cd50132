import { isKeyGone } from '../jwt/key-status.js'
import type { Claims } from '../jwt/types.js'
import type { Chains } from '../store/chain.js'
import type { AccessRecord } from '../store/records.js'
import type { ReadWith } from '../store/store.js'
import { type FoundAuthorization, readAuthorization } from './authorization.js'
import type { Context } from './context.js'
import { matchRefresh } from './mint/refresh.js'
import { verifyOwnJwt } from './own-jwt.js'

/** A token that this server issued, with its authorization, however that stands. */
export type KnownToken = { readonly found: FoundAuthorization } & (
  | { readonly kind: 'refresh'; readonly isCurrent: boolean }
  | { readonly kind: 'jwt'; readonly claims: Claims }
  | { readonly kind: 'opaque'; readonly id: string; readonly version: number; readonly access: AccessRecord }
)

/**
 * Finds a token by what it is, whatever a hint says of it; `undefined` for whatever this server did not issue. What has expired is found
 * only where `expired` says so. Throws a `Refusal` where that cannot be told.
 */
export const findToken = async (
  context: Context,
  text: string,
  { expired = false }: { readonly expired?: boolean } = {},
): Promise<KnownToken | undefined> =>
  (await refreshToken(context, text)) ??
  (await opaqueToken(context, text, expired)) ??
  (await signedToken(context, text, expired))

/** Of a refresh token each one that is of the family: that it was used before does not make it another one's. */
async function refreshToken(context: Context, text: string): Promise<KnownToken | undefined> {
  const sent = context.credentials.refresh.parse(text)
  const found = sent && (await readAuthorization(context, sent.locator))
  const match = sent === undefined ? 'unknown' : matchRefresh(context, sent, found?.record.refresh ?? null)
  return found === undefined || match === 'unknown'
    ? undefined
    : { kind: 'refresh', found, isCurrent: match === 'current' }
}

async function opaqueToken(
  { credentials, store }: Context,
  text: string,
  expired: boolean,
): Promise<KnownToken | undefined> {
  const sent = credentials.access.parse(text)
  if (sent === undefined) return undefined
  const { record, version, chain, now } = await store.getWith('access', sent.id)
  const found = chain && authorizationOf(chain, now)
  if (!credentials.access.matches(sent, record?.digest) || record === undefined || found === undefined) return undefined
  return record.expiresAt <= now && !expired
    ? undefined
    : { kind: 'opaque', id: sent.id, version, access: record, found }
}

/** The authorization that an opaque token hangs on, from the chain that the token was read with. */
function authorizationOf(chain: Chains['access'], now: ReadWith<'access'>['now']): FoundAuthorization | undefined {
  const { id, version, record } = chain.authorization
  return record === undefined ? undefined : { id, version, record, chain, now }
}

async function signedToken(context: Context, text: string, expired: boolean): Promise<KnownToken | undefined> {
  const { resources, store } = context
  const verified = await verifyOwnJwt(context, text, { audience: [...resources.keys()], expired })
  const id = verified?.claims.tl?.authorization
  if (verified === undefined || id === undefined) return undefined
  const { claims, kid } = verified
  const [found, isGone] = await Promise.all([readAuthorization(context, id), isKeyGone(store, kid)])
  return found === undefined || isGone ? undefined : { kind: 'jwt', claims, found }
}
