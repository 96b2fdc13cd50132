import { parseAuthorization } from '../../core/headers.js'
import type { PlainRequest } from '../../core/plain.js'
import { Refusal } from '../refusal.js'

/** RFC 6750 section 3. */
const challenge = (error?: string) => ({
  'www-authenticate': `Bearer realm="oauth"${error === undefined ? '' : `, error="${error}"`}`,
})

/** The refusal of a token that is none, or not the right one. */
export const invalid = (detail: string) => new Refusal('token_invalid', { detail, headers: challenge('invalid_token') })

/** The bearer token of a request (RFC 6750 section 2.1). Throws a `Refusal`. */
export function bearerOf(request: PlainRequest): string {
  const header = request.headers.get('authorization')
  if (header === null) throw new Refusal('token_missing', { headers: challenge() })
  const parsed = parseAuthorization(header)
  if (parsed.kind === 'malformed') throw new Refusal('unreadable', { headers: challenge('invalid_request') })
  if (parsed.scheme !== 'bearer') throw new Refusal('token_missing', { headers: challenge() })
  return parsed.credentials
}
