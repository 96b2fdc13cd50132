import { memoryStore } from 'tokenloop'
import { createProver, type Prover, type VerifyProofOptions, verifyProof } from 'tokenloop/jwt'
import { countingStore } from 'tokenloop/testing'
import { generateKey } from '../../../src/jwt/jwk.js'
import { makeKey } from '../support.js'

/** Milliseconds since 1970; a whole second. */
export const NOW = 2_000_000_000_000
export const METHOD = 'POST'
export const URL_ = 'https://rs.test/v1/issues'
export const clock = { now: () => NOW }

const pair = await generateKey()
export const key = await makeKey(pair)
export const prover: Prover = await createProver({ key: pair, clock })
const { kty, crv, x, y } = key.jwk
export const jwk = { kty, crv, x, y }

let made = 0
export const header = (changes: Record<string, unknown> = {}) => ({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...changes })
export const claims = (changes: Record<string, unknown> = {}) => ({
  jti: `j_${made++}`,
  htm: METHOD,
  htu: URL_,
  iat: NOW / 1000,
  ...changes,
})
/** A proof, proper but for these changes; a member that is `undefined` is left out. */
export const proofWith = (ofClaims: Record<string, unknown>, ofHeader: Record<string, unknown> = {}) =>
  key.token(header(ofHeader), claims(ofClaims))

/** A server that remembers proofs, with what it asked of its store. */
export function server(changes: Partial<VerifyProofOptions> = {}) {
  const store = countingStore(memoryStore({ clock }))
  const options = { method: METHOD, url: URL_, now: NOW, seen: store, ...changes }
  return {
    store,
    options,
    /** `ok`, or why not. */
    async judge(proof: unknown, more: Partial<VerifyProofOptions> = {}) {
      const outcome = await verifyProof(proof, { ...options, ...more })
      return outcome.ok ? 'ok' : outcome.reason
    },
  }
}
