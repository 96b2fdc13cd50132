import { parseAuthorization } from '../../core/headers.js'
import type { PlainRequest } from '../../core/plain.js'
import { verifyProof } from '../../jwt/dpop/proof.js'
import { type Context, urlOf } from '../context.js'
import { errorOf, Refusal, type Rule, STATUS } from '../refusal.js'
import { readUserAccess, type UserAccess } from './access.js'

type Scheme = 'Bearer' | 'DPoP'

/** A refusal with its challenge (RFC 6750 section 3, RFC 9449 section 7.1). Without a credential it names no error. */
function challenged(
  rule: Rule,
  scheme: Scheme,
  { detail, headers }: { detail?: string; headers?: Readonly<Record<string, string>> } = {},
): Refusal {
  const { error } = errorOf(rule)
  const parts = [
    ...(rule === 'token_missing' ? [] : [`error="${error}"`]),
    ...(rule === 'token_scope' ? ['scope="openid"'] : []),
    ...(scheme === 'DPoP' ? ['algs="ES256"'] : []),
  ]
  const challenge = [scheme, parts.join(', ')].filter((part) => part !== '').join(' ')
  const status = error === 'invalid_request' ? 400 : (STATUS[error] ?? 401)
  return new Refusal(rule, {
    status,
    ...(detail !== undefined && { detail }),
    headers: { ...headers, 'www-authenticate': challenge },
  })
}

/**
 * The user of the access token that a request to the userinfo endpoint carries in its `Authorization` header, with the headers for the
 * answer. A token that is bound to a key comes with a proof of it, and no other does. Throws a `Refusal`.
 */
export async function userOfRequest(
  context: Context,
  request: PlainRequest,
): Promise<{ readonly user: UserAccess; readonly headers: Readonly<Record<string, string>> }> {
  const header = request.headers.get('authorization')
  if (header === null) throw challenged('token_missing', 'Bearer')
  const parsed = parseAuthorization(header)
  if (parsed.kind === 'malformed') throw challenged('unreadable', 'Bearer')
  const { scheme, credentials } = parsed
  if (scheme !== 'bearer' && scheme !== 'dpop') throw challenged('token_missing', 'Bearer')
  const shown: Scheme = scheme === 'dpop' ? 'DPoP' : 'Bearer'
  const user = await readUserAccess(context, credentials).catch((error: unknown) => {
    if (!(error instanceof Refusal) || error.rule === 'unavailable') throw error
    throw challenged(error.rule, shown, error.detail === undefined ? {} : { detail: error.detail })
  })
  if ((user.boundTo !== null) !== (scheme === 'dpop')) {
    throw challenged('token_invalid', shown, { detail: 'sent by the scheme of another kind of token' })
  }
  const headers = user.boundTo === null ? {} : await prove(context, request, credentials, user.boundTo)
  if (!user.scopes.includes('openid')) throw challenged('token_scope', shown)
  return { user, headers }
}

/** Throws a `Refusal`; gives the nonce for the next proof. */
async function prove(context: Context, request: PlainRequest, accessToken: string, boundTo: string) {
  const { keys, store, nonces } = context
  const proof = await verifyProof(request.headers.get('dpop'), {
    method: request.method,
    url: urlOf(context, 'userinfo'),
    accessToken,
    boundTo,
    now: keys?.now() ?? 0,
    seen: store,
    ...(nonces && { nonces }),
  })
  const headers: Record<string, string> = proof.nonce === undefined ? {} : { 'dpop-nonce': proof.nonce }
  if (proof.ok) return headers
  if (proof.reason === 'unavailable') throw new Refusal('unavailable')
  throw challenged(proof.reason === 'wrong_nonce' ? 'proof_nonce' : 'proof_invalid', 'DPoP', {
    detail: proof.reason,
    headers,
  })
}
