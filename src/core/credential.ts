import { fromDigits, isBase62, randomBase62, toSixDigits } from './base62.js'
import { crc32 } from './crc32.js'
import { TokenloopError } from './errors.js'

/**
 * The format of one kind of opaque credential: `prefix_` + locator + verifier + checksum, in base62. The separator never
 * occurs in the body, so a credential is parsed from the right by these lengths.
 */
export interface CredentialFormat {
  /** Part of the digest, so that no credential stands for one of another kind. */
  readonly kind: string
  /** Characters of the locator, which is public; at 5.95 bits each. */
  readonly locator: number
  /** Characters of the verifier, which is secret. */
  readonly verifier: number
  /** What its prefix ends with, after the host's own: nothing for API tokens. */
  readonly word?: string
}

/** API tokens: a locator of 65 bits, a verifier of 160 bits. */
export const API_TOKEN: CredentialFormat = { kind: 'token', locator: 11, verifier: 27 }

/** Characters of the family part of a refresh token: 131 bits. */
export const FAMILY = 22

/**
 * The credentials of OAuth. A code and a refresh token have the id of their authorization as their locator. The verifier of a refresh
 * token has a family part, constant for its authorization, before the part that rotates.
 */
export const OAUTH = {
  code: { kind: 'code', word: 'ac', locator: 11, verifier: 28 },
  device: { kind: 'device', word: 'dc', locator: 11, verifier: 29 },
  access: { kind: 'access', word: 'at', locator: 11, verifier: 30 },
  clientSecret: { kind: 'client_secret', word: 'cs', locator: 11, verifier: 31 },
  registration: { kind: 'registration', word: 'rat', locator: 11, verifier: 32 },
  initialAccess: { kind: 'initial_access', word: 'iat', locator: 11, verifier: 33 },
  refresh: { kind: 'refresh', word: 'rt', locator: 11, verifier: FAMILY + 27 },
} as const satisfies { readonly [name: string]: CredentialFormat }

/** Every format that there is: what a scanner for leaks looks for. Each has a length of its own. */
export const CREDENTIAL_FORMATS: readonly CredentialFormat[] = [API_TOKEN, ...Object.values(OAUTH)]

/** Characters of the checksum. */
export const CHECKSUM = 6
export const LONGEST_PREFIX = 32

/** A credential taken apart. `id` is `prefix_locator`: the record's public id, safe to show and to log. */
export interface ParsedCredential {
  readonly id: string
  readonly prefix: string
  readonly locator: string
  readonly verifier: string
}

export interface MintedCredential extends ParsedCredential {
  /** The secret, as its owner will send it. */
  readonly text: string
}

/** What the credentials of a format begin with, where the host has a prefix of its own and where it has none. */
export const fullPrefix = ({ word = '' }: CredentialFormat, prefix = ''): string =>
  [prefix, word].filter((part) => part !== '').join('_')

/** Characters behind `prefix_`. */
export const bodyLength = ({ locator, verifier }: CredentialFormat): number => locator + verifier + CHECKSUM

/** A prefix may have parts, as in `sk_live`. Throws `invalid_option`. */
export function checkPrefix(prefix: string): string {
  const fits = typeof prefix === 'string' && prefix.length <= LONGEST_PREFIX
  if (fits && /^[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*$/.test(prefix)) return prefix
  throw new TokenloopError('invalid_option', `a prefix has letters and digits, in parts joined by "_", such as sk_live`)
}

/** A new credential with a new locator. */
export function mintCredential(format: CredentialFormat, prefix: string): MintedCredential {
  return withVerifier(format, `${prefix}_${randomBase62(format.locator)}`)
}

/** A secret for an existing id: a new one, which is what rotation hands out, or that of a verifier. */
export function withVerifier(
  format: CredentialFormat,
  id: string,
  verifier: string = randomBase62(format.verifier),
): MintedCredential {
  const body = id + verifier
  const { prefix, locator } = splitId(format, id)
  return { id, prefix, locator, verifier, text: body + toSixDigits(crc32(body)) }
}

/** An id taken apart into prefix and locator. */
export function splitId(format: CredentialFormat, id: string): { prefix: string; locator: string } {
  const separator = id.length - format.locator - 1
  return { prefix: id.slice(0, separator), locator: id.slice(separator + 1) }
}

/**
 * Makes the parser of one format for the prefixes of one environment. It takes anything, and answers `undefined` for
 * whatever is not one of these credentials, letter for letter, with its checksum: no hash, no store, no exception.
 */
export function credentialParser(format: CredentialFormat, prefixes: readonly string[]) {
  const secretLength = format.verifier + CHECKSUM
  const length = bodyLength(format)
  const known = [...prefixes]
  const prefixOf = (text: string, end: number) => {
    for (const prefix of known) if (prefix.length === end && text.startsWith(prefix)) return prefix
    return undefined
  }

  return (text: unknown): ParsedCredential | undefined => {
    if (typeof text !== 'string') return undefined
    const start = text.length - length
    const prefix = prefixOf(text, start - 1)
    if (prefix === undefined || text[start - 1] !== '_') return undefined
    for (let i = start; i < text.length; i++) if (!isBase62(text.charCodeAt(i))) return undefined
    const end = text.length - CHECKSUM
    if (fromDigits(text, end) !== crc32(text, end)) return undefined
    const split = text.length - secretLength
    return { id: text.slice(0, split), prefix, locator: text.slice(start, split), verifier: text.slice(split, end) }
  }
}
