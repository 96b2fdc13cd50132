import { fromBase64url, toBase64url } from '../../core/bytes.js'
import { sha256 } from '../../core/digest.js'
import { issueJwt } from '../../jwt/issue.js'
import type { Context } from '../context.js'
import type { AccessWish } from './access.js'

/**
 * The ID token of an answer (OpenID Connect Core sections 2 and 3.1.3.6), where the user allowed `openid`. It says who signed in, when and
 * how; what else is known of them, the userinfo endpoint says. Rejects where it cannot be signed.
 */
export async function mintIdToken(
  { issuer, keys, openid, lifetimes }: Context,
  { record, chain, now, scopes }: AccessWish,
  accessToken: string,
): Promise<string | undefined> {
  const grant = chain.grant.record
  const subject = grant?.subject ?? null
  if (openid === undefined || keys === undefined || grant === undefined) return undefined
  if (subject === null || !scopes.includes('openid')) return undefined
  const { signIn, code, refresh } = record
  // The nonce is that of the request, and not of what is refreshed later (section 12.2).
  const nonce = refresh === null || refresh.generation === 1 ? code?.nonce : null
  const claims = {
    iss: issuer,
    sub: subject,
    aud: grant.client,
    azp: grant.client,
    ...(nonce != null && { nonce }),
    ...(signIn?.at != null && { auth_time: Math.floor(signIn.at / 1000) }),
    ...(signIn?.acr != null && { acr: signIn.acr }),
    at_hash: halfHash(accessToken),
  }
  return issueJwt(keys, claims, { expiresIn: lifetimes.id, at: now, typ: 'JWT' })
}

/** The left half of the SHA-256 of a token, in base64url. */
const halfHash = (token: string): string => toBase64url((fromBase64url(sha256(token)) as Uint8Array).slice(0, 16))
