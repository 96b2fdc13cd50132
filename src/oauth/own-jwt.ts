import { fromBase64url } from '../core/bytes.js'
import { parseJsonObject } from '../core/parse-json.js'
import { type VerifiedJwt, verifyJwt } from '../jwt/verify.js'
import type { Context } from './context.js'
import { Refusal } from './refusal.js'

export interface OwnJwt {
  readonly audience: string | readonly string[]
  /** The `typ` of the header; that of an access token by default. */
  readonly typ?: string
  /** Whether one whose time is over counts as well. */
  readonly expired: boolean
}

/** A JWT that this server signed; `undefined` for any other text. Throws a `Refusal` where that cannot be told. */
export async function verifyOwnJwt(
  { issuer, keys }: Pick<Context, 'issuer' | 'keys'>,
  text: string,
  { expired, ...demand }: OwnJwt,
): Promise<Extract<VerifiedJwt, { ok: true }> | undefined> {
  if (keys === undefined) return undefined
  const options = { ...demand, issuer, keys, checks: ['cnf'] as const }
  let verified = await verifyJwt(text, { ...options, clock: { now: () => keys.now() } })
  if (!verified.ok && verified.reason === 'expired' && expired) {
    const issuedAt = issuedAtOf(text)
    verified = await verifyJwt(text, { ...options, clock: { now: () => issuedAt } })
  }
  if (verified.ok) return verified
  if (verified.reason === 'unavailable') throw new Refusal('unavailable')
  return undefined
}

/** When a JWT says that it was issued, which counts for nothing but the moment at which it is verified. */
function issuedAtOf(jwt: string): number {
  const payload = fromBase64url(jwt.split('.')[1] ?? '')
  const iat = payload && parseJsonObject(payload)?.iat
  return typeof iat === 'number' ? iat * 1000 : 0
}
