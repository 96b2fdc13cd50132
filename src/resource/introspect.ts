import { LATE, withDeadline } from '../core/deadline.js'
import { type Fetch, fetchBytes } from '../core/fetch-bytes.js'
import { parseJsonObject } from '../core/parse-json.js'
import { isWellTyped } from '../jwt/claim-rules.js'
import type { Claims } from '../jwt/types.js'

/** Whom to ask about a token, and as whom. */
export interface Asking {
  readonly url: string
  readonly issuer: string
  readonly fetch: Fetch
  readonly headers: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** Milliseconds. */
  readonly timeout: number
}

/** What the authorization server says of a token; `revoked` for one that is not active, whyever. */
export type Introspected = Claims | 'revoked' | 'invalid_claims' | 'unavailable'

const MOST_BYTES = 64 * 1024

/**
 * Asks about one token (RFC 7662 section 2). `unavailable` for anything but an answer that says yes or no; `invalid_claims` for a yes
 * that does not say for whom and until when. Never rejects.
 */
export async function introspect(asking: Asking, token: string): Promise<Introspected> {
  const { url, fetch, timeout } = asking
  try {
    const headers = await withDeadline(asking.headers, timeout)
    if (headers === LATE) return 'unavailable'
    const init = {
      method: 'POST',
      headers: { ...headers, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
    }
    const bytes = await fetchBytes(fetch, url, init, { timeout, bytes: MOST_BYTES })
    const answer = typeof bytes === 'string' ? undefined : parseJsonObject(bytes)
    if (answer?.active === false) return 'revoked'
    if (answer === undefined || answer.active !== true) return 'unavailable'
    // Most servers leave out whose answer it is.
    const claims = { iss: asking.issuer, ...answer }
    const isAccessToken = ['aud', 'exp', 'sub', 'client_id'].every((name) => name in claims)
    if (!isAccessToken || !isWellTyped(claims)) return 'invalid_claims'
    // RFC 9449 section 6.2: a token of that type is bound, and an answer that keeps the key back must not pass for one that is not.
    const isKeyKeptBack = String(answer.token_type).toLowerCase() === 'dpop' && claims.cnf === undefined
    return isKeyKeptBack ? 'invalid_claims' : Object.freeze(claims)
  } catch {
    return 'unavailable'
  }
}
