import type { Json } from '../core/json.js'
import { isJsonObject, parseJsonObject } from '../core/parse-json.js'
import type { PoolOptions } from './engine/engine.js'
import { publicJwkOf, verificationKey } from './jwk.js'
import type { NoKey, PublicJwk, VerificationKey } from './types.js'

/** The usable keys of a JWKS document by their ids; `null` where several keys have one id. */
export type KeySet = ReadonlyMap<string, VerificationKey | null>

const MOST_KEYS = 100

/**
 * The keys of a JWKS document (RFC 7517 section 5) that verify ES256, or `undefined` for what is none, or has none. Keys of other kinds
 * are left out, and so are those that are not what they say they are, and one whose private half was published with it, with which
 * anybody signs.
 */
export async function readKeySet(bytes: Uint8Array, options?: PoolOptions): Promise<KeySet | undefined> {
  const listed = parseJsonObject(bytes)?.keys
  if (!Array.isArray(listed) || listed.length > MOST_KEYS) return undefined
  const keys = new Map<string, VerificationKey | null>()
  for (const item of listed) {
    const key = await importKey(item, options)
    if (key !== undefined) keys.set(key.kid, keys.has(key.kid) ? null : key)
  }
  return keys.size > 0 ? keys : undefined
}

/** The key of that id; without an id, the only one. */
export function keyOf(keys: KeySet, kid: string | undefined): VerificationKey | NoKey {
  const [first] = keys.values()
  const found = kid === undefined && keys.size === 1 ? first : keys.get(kid ?? '')
  if (found === null || (kid === undefined && keys.size > 1)) return 'ambiguous_key'
  return found ?? 'unknown_key'
}

/** Whether each key of the one set is in the other as well, and the same. */
export const hasAllOf = (after: KeySet, before: KeySet): boolean =>
  [...before].every(([kid, key]) => key === null || isSame(key.jwk, after.get(kid)?.jwk))

const isSame = (a: PublicJwk, b: PublicJwk | undefined) => a.x === b?.x && a.y === b.y

async function importKey(value: Json, options: PoolOptions | undefined): Promise<VerificationKey | undefined> {
  if (!isJsonObject(value) || 'd' in value) return undefined
  try {
    return await verificationKey(publicJwkOf(value), options)
  } catch {
    return undefined
  }
}
