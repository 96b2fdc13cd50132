import { accessClaims } from '../../jwt/access-claims.js'
import { issueJwt } from '../../jwt/issue.js'
import type { SigningKeys } from '../../jwt/types.js'
import type { Chains } from '../../store/chain.js'
import type { AuthorizationRecord } from '../../store/records.js'
import { type Context, urlOf } from '../context.js'
import { Refusal } from '../refusal.js'
import type { Resource } from '../resources.js'

/** An authorization as it was read, with the chain that a token of it hangs on. */
export interface Authorized {
  /** The id of the authorization. */
  readonly id: string
  readonly record: AuthorizationRecord
  readonly chain: Chains['authorization']
  /** The store's time, from before they were read. */
  readonly now: number
}

/** An access token for one resource, with no more than the authorization has. */
export interface AccessWish extends Authorized {
  readonly resource: Resource
  readonly scopes: readonly string[]
  /** The thumbprint of the key that it is bound to. */
  readonly boundTo: string | null
}

const LEAST = 1000

/** How long an access token lives, in milliseconds: never longer than its authorization, and a second at least. */
export const accessLife = ({ lifetimes }: Context, { record, now }: Pick<Authorized, 'record' | 'now'>): number =>
  Math.max(LEAST, Math.min(lifetimes.access, record.expiresAt - now))

/** The access token, in the format of its resource: what a client sends has no say in it. Rejects with a `Refusal`. */
export const mintAccess = (context: Context, wish: AccessWish): Promise<string> =>
  wish.resource.format === 'jwt' ? mintJwt(context, wish) : mintOpaque(context, wish)

function mintJwt(context: Context, wish: AccessWish): Promise<string> {
  const { issuer, keys } = context
  const { id, record, chain, now, resource, scopes, boundTo } = wish
  const grant = chain.grant.record
  if (grant === undefined) throw new Refusal('grant_ended')
  const audience = audienceOf(context, resource, scopes)
  const claims = accessClaims({ issuer, id, record, chain, grant, resource: audience, scopes, boundTo })
  return issueJwt(keys as SigningKeys, claims, { expiresIn: accessLife(context, wish), at: now })
}

/** Who may know who the user is may ask this server as well: the userinfo endpoint is an audience of its own. */
const audienceOf = (context: Context, { id }: Resource, scopes: readonly string[]): string | readonly string[] =>
  context.openid !== undefined && scopes.includes('openid') ? [id, urlOf(context, 'userinfo')] : id

async function mintOpaque(context: Context, wish: AccessWish): Promise<string> {
  const { store, credentials, order } = context
  const { id, record, now, resource, scopes, boundTo } = wish
  const token = credentials.access.mint()
  const expiresAt = now + accessLife(context, wish)
  const access = {
    authorization: id,
    digest: credentials.access.make(token),
    scopes,
    resource: resource.id,
    boundTo,
    expiresAt,
    epochs: record.epochs,
    createdAt: now,
    order: order(now),
    unique: null,
    keepUntil: expiresAt,
  }
  const outcome = await store.write('access', token.id, 0, access)
  if (outcome !== 'written') throw new Refusal('unavailable', { detail: 'the id of an access token was taken' })
  return token.text
}
