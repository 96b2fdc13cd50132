import type { Context } from '../context.js'
import { type AccessWish, accessLife, mintAccess } from '../mint/access.js'
import { mintIdToken } from '../mint/id-token.js'
import type { TokenSet } from './grant.js'

/** The tokens of an answer: a new access token, and the refresh token where there is one. Rejects with a `Refusal`. */
export async function tokenSet(context: Context, wish: AccessWish, refreshToken?: string): Promise<TokenSet> {
  const { record, now, scopes, boundTo } = wish
  const accessToken = await mintAccess(context, wish)
  const refreshLife = Math.min(record.idleExpiresAt, record.expiresAt) - now
  return {
    access_token: accessToken,
    token_type: boundTo === null ? 'Bearer' : 'DPoP',
    expires_in: Math.floor(accessLife(context, wish) / 1000),
    scope: scopes.join(' '),
    refresh_token: refreshToken,
    refresh_token_expires_in: refreshToken === undefined ? undefined : Math.floor(refreshLife / 1000),
    id_token: await mintIdToken(context, wish, accessToken),
  }
}
