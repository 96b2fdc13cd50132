import { exportJWK, importSPKI } from 'jose'
import type { EventListener } from '../../core/event.js'
import { type Fetch, globalFetch } from '../../core/fetch-bytes.js'
import type { Json, JsonObject } from '../../core/json.js'
import { isJsonObject, parseJsonObject } from '../../core/parse-json.js'
import { readBytes } from '../../core/read-bytes.js'
import type { Clock } from '../../core/time.js'
import { remoteKeys } from '../../jwt/remote-keys.js'
import type { VerificationKeys } from '../../jwt/types.js'

const ADDRESS = 'https://api.github.com/meta/public_keys/secret_scanning'
const MOST_BYTES = 128 * 1024

/** GitHub turns away whoever does not say what they are. */
const HEADERS = { accept: 'application/vnd.github+json', 'user-agent': 'tokenloop' }

export interface GithubKeysOptions {
  readonly fetch?: Fetch | undefined
  readonly onEvent?: EventListener | undefined
  readonly clock?: Clock | undefined
}

/**
 * The keys by which GitHub signs its alerts: kept, looked at again and held on to as those of any issuer are, where GitHub allows an
 * address without a name 60 looks an hour.
 */
export const githubKeys = ({ fetch = globalFetch, onEvent, clock }: GithubKeysOptions): VerificationKeys =>
  remoteKeys(ADDRESS, {
    fetch: asKeySet(fetch),
    maxAge: '1h',
    keepFor: '30d',
    cooldown: '2m',
    ...(onEvent && { onEvent }),
    ...(clock && { clock }),
  })

/** Fetches what GitHub publishes, and answers it as a key set (RFC 7517 section 5). */
const asKeySet =
  (fetch: Fetch): Fetch =>
  async (url, init) => {
    const response = await fetch(url, { ...init, headers: HEADERS })
    if (response.status !== 200 || response.redirected) return response
    const bytes = await readBytes(response.body, MOST_BYTES)
    const listed = bytes && parseJsonObject(bytes)?.public_keys
    const keys = await Promise.all((Array.isArray(listed) ? listed : []).filter(isJsonObject).map(jwkOf))
    return Response.json({ keys: keys.filter((key) => key !== undefined) })
  }

/** One that cannot be read is left out: the others are as good as they were. */
async function jwkOf({ key_identifier: kid, key }: JsonObject): Promise<Json | undefined> {
  if (typeof kid !== 'string' || typeof key !== 'string') return undefined
  try {
    const { kty, crv, x, y } = await exportJWK(await importSPKI(key, 'ES256', { extractable: true }))
    return { kty, crv, x, y, kid } as JsonObject
  } catch {
    return undefined
  }
}
