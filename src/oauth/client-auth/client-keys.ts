import { utf8 } from '../../core/bytes.js'
import { type KeySet, keyOf, readKeySet } from '../../jwt/key-set.js'
import { remoteKeys } from '../../jwt/remote-keys.js'
import type { NoKey, VerificationKey, VerificationKeys } from '../../jwt/types.js'
import type { Client } from '../clients/client.js'
import type { Context } from '../context.js'

/** As many addresses of keys are kept; the oldest give way. */
const MOST = 500

const kept = new WeakMap<Context, Map<string, VerificationKeys>>()

/** The key of a client that an assertion names: of those it registered, or of those at the address that it registered. */
export async function clientKey(
  context: Context,
  client: Client,
  kid: string | undefined,
): Promise<VerificationKey | NoKey> {
  const { jwks, jwks_uri } = client.metadata
  if (jwks_uri !== undefined) return keysAt(context, jwks_uri)?.find(kid) ?? 'unavailable'
  const keys: KeySet | undefined = await readKeySet(utf8(JSON.stringify(jwks ?? {})))
  return keys === undefined ? 'unknown_key' : keyOf(keys, kid)
}

/** `undefined` where nothing can fetch them. */
function keysAt(context: Context, url: string): VerificationKeys | undefined {
  const { fetch, tell } = context
  if (fetch === undefined) return undefined
  const all = kept.get(context) ?? new Map<string, VerificationKeys>()
  kept.set(context, all)
  const known = all.get(url)
  const keys = known ?? remoteKeys(url, { fetch, onEvent: tell })
  all.delete(url)
  all.set(url, keys)
  if (all.size > MOST) for (const oldest of [...all.keys()].slice(0, 1)) all.delete(oldest)
  return keys
}
