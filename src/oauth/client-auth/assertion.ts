import { tupleKey } from '../../core/digest.js'
import type { JsonObject } from '../../core/json.js'
import { parseJsonObject } from '../../core/parse-json.js'
import { type CompactJws, jwsReader, parseCompact } from '../../jwt/compact.js'
import { looseHeaderRule } from '../../jwt/header-rules.js'
import type { Client } from '../clients/client.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import { ASSERTION_TYPE, judgeAssertion, takenUntil } from './assertion-rules.js'
import { clientKey } from './client-keys.js'

/** An assertion as it came (RFC 7521 section 4.2), well-formed, and proof of nothing yet. */
export interface Assertion {
  readonly jws: CompactJws
  readonly claims: JsonObject
}

/** Neither an access token, nor an ID token with a type, nor a DPoP proof says so of itself. */
const readJws = jwsReader(looseHeaderRule(['JWT', 'client-authentication+jwt']))

/** Reads an assertion; `undefined` for whatever is none. */
export function readAssertion(text: string, type: string | undefined): Assertion | undefined {
  if (type !== ASSERTION_TYPE) return undefined
  const jws = parseCompact(text, readJws)
  const claims = typeof jws === 'string' ? undefined : parseJsonObject(jws.payload)
  return typeof jws === 'string' || claims === undefined ? undefined : { jws, claims }
}

/** Whom an assertion says it is of, which is not proven yet. */
export const subjectOf = (assertion: Assertion | undefined): string | undefined => {
  const sub = assertion?.claims.sub
  return typeof sub === 'string' ? sub : undefined
}

/** How far the clocks of nodes and of the store may be apart before the store forgets an assertion that would still be taken. */
const MOST_CLOCK_DIFFERENCE = 300_000

/**
 * Whether an assertion proves a client to be who it says (RFC 7523 section 3), once: it counts as used when all else has passed, and for
 * as long as it would be taken again. Throws a `Refusal` where the keys, or the store, cannot be had.
 */
export async function isAssertionOf(
  context: Context,
  client: Client | undefined,
  assertion: Assertion | undefined,
  clientId: string | undefined,
): Promise<boolean> {
  if (client === undefined || assertion === undefined) return false
  const { jws, claims } = assertion
  const { issuer, store } = context
  if (client.metadata.token_endpoint_auth_method !== 'private_key_jwt' || claims.sub !== client.id) return false
  if (judgeAssertion({ claims, issuer, clientId, now: client.now }) !== undefined) return false
  const key = await clientKey(context, client, jws.header.kid as string | undefined)
  if (key === 'unavailable') throw new Refusal('unavailable', { detail: `the keys of ${client.id}` })
  if (typeof key === 'string' || (await key.verify(jws.signedBytes(), jws.signature)) !== true) return false
  const used = tupleKey(client.id, String(claims.jti))
  return store.insertOnce('assertion', used, null, takenUntil(claims) + MOST_CLOCK_DIFFERENCE)
}
