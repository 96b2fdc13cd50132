import { engine } from '#engine'
import { equalInConstantTime, lengthPrefixed } from './bytes.js'
import type { ParsedCredential } from './credential.js'
import { TokenloopError } from './errors.js'
import { optionsOf } from './options.js'

/** A key of the host that is mixed into every digest, so that a stolen database alone cannot even be tested against. */
export interface Pepper {
  /** Stored beside each digest, so that several peppers can be in use while one replaces another. */
  readonly id: string
  /** At least 32 random bytes. */
  readonly key: Uint8Array
}

/** What is kept of a verifier: 43 characters of base64url, and the id of the pepper they were made with, if any. */
export interface Digest {
  readonly hash: string
  readonly pepper: string | null
}

/** Makes and compares the digests of one kind of credential. */
export interface Digester {
  /** The digest under the first pepper of the ring, or SHA-256 where there is none. */
  make(credential: ParsedCredential): Digest
  /** Whether the credential has this digest, in constant time. `undefined` costs as much and never matches. */
  matches(credential: ParsedCredential, digest: Digest | undefined): boolean
  /** Whether the digest was made under another pepper than the first of the ring. */
  isStale(digest: Digest): boolean
}

const PEPPER = optionsOf<Pepper>('a pepper', { id: true, key: true })
const NOTHING = 'A'.repeat(43)
const LEAST_PEPPER_BYTES = 32

/**
 * The digest covers kind, prefix, locator and verifier, each with its length, so that no credential stands for another
 * kind, another environment or another record.
 */
export function createDigester(kind: string, peppers: readonly Pepper[] = []): Digester {
  if (!Array.isArray(peppers)) throw new TokenloopError('invalid_option', '`peppers` must be a list')
  const ring = new Map<string | null, (text: string) => string>([[null, engine.sha256]])
  for (const pepper of peppers) {
    PEPPER.check(pepper)
    const { id, key } = pepper
    if (typeof id !== 'string' || id === '' || ring.has(id)) {
      throw new TokenloopError('invalid_option', 'each pepper needs an id of its own')
    }
    if (!(key instanceof Uint8Array) || key.length < LEAST_PEPPER_BYTES) {
      throw new TokenloopError(
        'invalid_option',
        `the key of a pepper is a Uint8Array of at least ${LEAST_PEPPER_BYTES} bytes`,
      )
    }
    ring.set(id, engine.hmacSha256(new Uint8Array(key)))
  }
  const current = peppers[0]?.id ?? null

  const hash = ({ prefix, locator, verifier }: ParsedCredential, pepper: string | null) =>
    (ring.get(pepper) ?? engine.sha256)(lengthPrefixed([kind, prefix, locator, verifier]))

  return {
    make: (credential) => Object.freeze({ hash: hash(credential, current), pepper: current }),
    matches(credential, digest) {
      const equal = equalInConstantTime(hash(credential, digest ? digest.pepper : current), digest?.hash ?? NOTHING)
      return equal && digest !== undefined && ring.has(digest.pepper)
    },
    isStale: (digest) => digest.pepper !== current,
  }
}

/** SHA-256 of the UTF-8 bytes of a text, in base64url. */
export const sha256 = (text: string): string => engine.sha256(text)

/** HMAC-SHA-256 under a key, of the UTF-8 bytes of a text, in base64url. */
export const hmacSha256 = (key: Uint8Array): ((text: string) => string) => engine.hmacSha256(new Uint8Array(key))

/** The key under which a store keeps something unique: SHA-256 of the tuple, in base64url. */
export const tupleKey = (...parts: readonly (string | null)[]): string => engine.sha256(lengthPrefixed(parts))
