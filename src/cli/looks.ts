import { isBase62 } from '../core/base62.js'
import { utf8 } from '../core/bytes.js'
import { bodyLength, CREDENTIAL_FORMATS } from '../core/credential.js'
import type { Json, JsonObject } from '../core/json.js'
import { parseJsonObject } from '../core/parse-json.js'
import { jwsReader, parseCompact } from '../jwt/compact.js'
import { createFind } from './scan/find.js'

/** What a text turns out to be, from the text alone. Nothing that is secret in it is in the answer. */
export type Looks =
  | { readonly is: 'token'; readonly kind: string; readonly id: string; readonly prefix: string }
  | {
      readonly is: 'jwt'
      readonly header: JsonObject
      readonly claims: JsonObject
      /** Times among the claims, as ISO 8601 has them. */
      readonly times: Readonly<Record<string, string>>
      readonly expired: boolean | null
      readonly signature: 'not checked'
    }
  | { readonly is: 'unknown'; readonly why: string }

/** Looks at a text. `now` is in milliseconds since 1970. */
export function looksLike(text: string, now: number): Looks {
  return text.split('.').length === 3 ? jwt(text, now) : token(text)
}

const find = createFind({ formats: CREDENTIAL_FORMATS })

function token(text: string): Looks {
  const whole = find(utf8(text)).find(({ start, end }) => start === 0 && end === text.length)
  if (whole !== undefined) return { is: 'token', kind: whole.kind, id: whole.id, prefix: whole.prefix }
  return { is: 'unknown', why: whyNoToken(text) }
}

function whyNoToken(text: string): string {
  const separator = text.lastIndexOf('_')
  if (separator < 1) return 'it has no prefix, such as acme_, and is no JWT'
  const body = text.slice(separator + 1)
  if (![...body].every((digit) => isBase62(digit.charCodeAt(0))))
    return 'behind its prefix is more than digits and letters'
  const lengths = CREDENTIAL_FORMATS.map(bodyLength)
  if (!lengths.includes(body.length))
    return `behind its prefix are ${body.length} characters, and not ${lengths.join(', ')}`
  return 'its checksum does not fit: it was mistyped, or is of another format'
}

const readJws = jwsReader(() => undefined)
const TIMES = ['iat', 'nbf', 'exp', 'auth_time']

function jwt(text: string, now: number): Looks {
  const parsed = parseCompact(text, readJws)
  if (typeof parsed === 'string') return { is: 'unknown', why: `it is no compact JWT: ${parsed}` }
  const claims = parseJsonObject(parsed.payload)
  if (claims === undefined) return { is: 'unknown', why: 'its claims are no JSON object that can be relied on' }
  const { exp } = claims
  return {
    is: 'jwt',
    header: parsed.header,
    claims,
    times: Object.fromEntries(TIMES.flatMap((name) => timeOf(name, claims[name]))),
    expired: typeof exp === 'number' ? exp * 1000 <= now : null,
    signature: 'not checked',
  }
}

/** The last moment that a date can be, in seconds. */
const LAST = 8.64e12

const timeOf = (name: string, seconds: Json | undefined): [string, string][] =>
  typeof seconds === 'number' && Math.abs(seconds) <= LAST ? [[name, new Date(seconds * 1000).toISOString()]] : []
