import type { Client } from '../clients/client.js'
import type { Context } from '../context.js'
import { verifyOwnJwt } from '../own-jwt.js'
import type { Parameters } from '../parameters.js'
import { Refusal } from '../refusal.js'

/**
 * Whom a client takes its user for, by an ID token that it was given, be it expired or not (OpenID Connect Core section 3.1.2.1);
 * `undefined` where it does not say, or where there are no ID tokens. Throws a `Refusal` for what is none of that client's.
 */
export async function hintedSubject(
  context: Context,
  parameters: Parameters,
  { id }: Client,
): Promise<string | undefined> {
  const hint = parameters.get('id_token_hint')
  if (hint === undefined || context.openid === undefined) return undefined
  const verified = await verifyOwnJwt(context, hint, { audience: id, typ: 'JWT', expired: true })
  if (verified?.claims.sub === undefined) throw new Refusal('hint_invalid')
  return verified.claims.sub
}
