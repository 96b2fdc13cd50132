import { engine } from '#engine'
import { randomBase62 } from './base62.js'
import { equalInConstantTime } from './bytes.js'

/** A verifier has 43 to 128 unreserved characters (RFC 7636 section 4.1). */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/
/** An S256 challenge is the base64url of 32 bytes; the last of 43 characters carries two unused bits, which are zero. */
const CHALLENGE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

/** A new verifier of 256 bits, with its challenge. For clients. */
export function createPkce(): { verifier: string; challenge: string; method: 'S256' } {
  const verifier = randomBase62(43)
  return { verifier, challenge: challengeOf(verifier), method: 'S256' }
}

/** The S256 challenge of a verifier (RFC 7636 section 4.2). */
export const challengeOf = (verifier: string): string => engine.sha256(verifier)

/** Whether a value has the form of an S256 challenge. */
export const isPkceChallenge = (value: unknown): value is string => typeof value === 'string' && CHALLENGE.test(value)

/** Whether a value has the form of a verifier. Only such a value counts as an attempt. */
export const isPkceVerifier = (value: unknown): value is string => typeof value === 'string' && VERIFIER.test(value)

/**
 * Whether the verifier belongs to the challenge (RFC 7636 section 4.6), by S256 alone. Takes anything; the form of both is
 * checked before a hash is spent, and the comparison takes constant time.
 */
export function verifyPkce(verifier: unknown, challenge: unknown): boolean {
  return isPkceVerifier(verifier) && isPkceChallenge(challenge) && equalInConstantTime(challengeOf(verifier), challenge)
}
