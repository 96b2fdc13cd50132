import type { Json, JsonObject } from '../../../core/json.js'
import { isJsonObject } from '../../../core/parse-json.js'
import { publicJwkOf, verificationKey } from '../../../jwt/jwk.js'

const MOST = 20

/** Members that make a key more than the public half of a pair (RFC 7518 section 6). */
const PRIVATE = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth']

/**
 * The keys that a client registers by value (RFC 7517 section 5): public ones for ES256, each with an id of its own. `undefined` for
 * anything else: a private half that was sent along is no secret any more.
 */
export async function clientKeys(value: Json): Promise<JsonObject | undefined> {
  const listed = isJsonObject(value) ? value.keys : undefined
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > MOST) return undefined
  const keys = new Map<string, JsonObject>()
  for (const jwk of listed) {
    if (!isJsonObject(jwk) || PRIVATE.some((name) => name in jwk)) return undefined
    try {
      const key = publicJwkOf(jwk)
      await verificationKey(key)
      if (keys.has(key.kid) || !/^[\x20-\x7e]+$/.test(key.kid)) return undefined
      keys.set(key.kid, { ...key })
    } catch {
      return undefined
    }
  }
  return { keys: [...keys.values()] }
}
