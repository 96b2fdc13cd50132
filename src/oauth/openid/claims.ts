import { LATE, withDeadline } from '../../core/deadline.js'
import { TokenloopError } from '../../core/errors.js'
import { copyJson, type JsonObject } from '../../core/json.js'
import { isJsonObject } from '../../core/parse-json.js'
import { RESERVED_CLAIMS } from '../../jwt/claims.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import type { UserAccess } from './access.js'

/** Milliseconds that the host may take. */
const PATIENCE = 5000
const DEEPEST = 8

/** What the host says of a user. Whatever goes wrong, nothing is made up for it. Throws a `Refusal`. */
export async function claimsOf(
  { openid }: Context,
  { subject, client, tenant, scopes }: UserAccess,
): Promise<JsonObject> {
  const given = await withDeadline(() => openid?.claims(subject, { scopes, client, tenant }), PATIENCE)
  if (given === LATE) throw new Refusal('unavailable', { detail: 'the claims took too long' })
  if (given === undefined) throw new Refusal('token_invalid', { detail: 'the host knows no such user' })
  const claims = copyJson(withoutAbsent(given), DEEPEST, (why) => new TokenloopError('invalid_claim', `claims ${why}`))
  if (!isJsonObject(claims)) throw new Refusal('server_error', { detail: 'claims are no object' })
  const reserved = Object.keys(claims).find((name) => RESERVED_CLAIMS.has(name))
  if (reserved !== undefined) throw new Refusal('server_error', { detail: `the claim ${reserved} is reserved` })
  return claims
}

/** A claim that the host does not know is left out. What is no plain object is left as it is, to be refused. */
const withoutAbsent = (given: unknown): unknown =>
  typeof given === 'object' && given !== null && Object.getPrototypeOf(given) === Object.prototype
    ? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    : given
