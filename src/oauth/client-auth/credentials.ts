import { fromUtf8 } from '../../core/bytes.js'
import { parseAuthorization } from '../../core/headers.js'
import type { PlainRequest } from '../../core/plain.js'
import type { Parameters } from '../parameters.js'
import { Refusal } from '../refusal.js'

/** How a request says who sends it, before anything is known of the client. */
export type ClientCredentials =
  | { readonly method: 'none'; readonly id: string | undefined }
  | { readonly method: 'client_secret_basic'; readonly id: string; readonly secret: string }
  | { readonly method: 'client_secret_post'; readonly id: string; readonly secret: string }
  | {
      readonly method: 'private_key_jwt'
      readonly id: string | undefined
      readonly assertion: string
      readonly type: string | undefined
    }

const BASIC = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * What a request authenticates its client with: one way, and not two (OAuth 2.1 section 2.4). HTTP Basic together with the same
 * `client_id` in the body is one way. Throws a `Refusal`.
 */
export function credentialsIn(request: Pick<PlainRequest, 'headers'>, parameters: Parameters): ClientCredentials {
  const header = request.headers.get('authorization')
  const id = parameters.get('client_id')
  const secret = parameters.get('client_secret')
  const assertion = parameters.get('client_assertion')
  const type = parameters.get('client_assertion_type')
  const ways = [header !== null, secret !== undefined, assertion !== undefined].filter(Boolean).length
  if (ways > 1) throw new Refusal('client_authentication_repeated')
  if (header !== null) return basicOf(header, id)
  if (assertion !== undefined) return { method: 'private_key_jwt', id, assertion, type }
  if (secret !== undefined) return { method: 'client_secret_post', id: id ?? '', secret }
  return { method: 'none', id }
}

/** RFC 6749 section 2.3.1: both halves are form-encoded before they are joined. */
function basicOf(header: string, inBody: string | undefined): ClientCredentials {
  const parsed = parseAuthorization(header)
  if (parsed.kind === 'malformed') throw new Refusal('client_authentication_repeated', { detail: 'malformed header' })
  if (parsed.scheme !== 'basic' || !BASIC.test(parsed.credentials)) {
    throw new Refusal('client_authentication_failed', { headers: CHALLENGE })
  }
  const [id, secret] = halvesOf(parsed.credentials)
  if (id === undefined || secret === undefined)
    throw new Refusal('client_authentication_failed', { headers: CHALLENGE })
  if (inBody !== undefined && inBody !== id) throw new Refusal('parameter_conflict')
  return { method: 'client_secret_basic', id, secret }
}

/** RFC 9110 section 11.6.1: a 401 to who tried HTTP Basic says so. */
export const CHALLENGE = { 'www-authenticate': 'Basic realm="oauth"' } as const

function halvesOf(encoded: string): readonly (string | undefined)[] {
  try {
    const text = fromUtf8(bytesOf(atob(encoded)))
    const split = text.indexOf(':')
    if (split < 1) return []
    return [text.slice(0, split), text.slice(split + 1)].map((half) => decodeURIComponent(half.replaceAll('+', ' ')))
  } catch {
    return []
  }
}

function bytesOf(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
