import { tupleKey } from '../../core/digest.js'
import { TokenloopError } from '../../core/errors.js'
import type { Json, JsonObject } from '../../core/json.js'
import { optionsOf } from '../../core/options.js'
import { isJsonObject, parseJsonObject } from '../../core/parse-json.js'
import type { TokenStore } from '../../store/store.js'
import { type CompactJws, jwsReader, parseCompact } from '../compact.js'
import type { PoolOptions } from '../engine/engine.js'
import { publicJwkOf, verificationKey } from '../jwk.js'
import { thumbprint } from '../thumbprint.js'
import type { VerificationKey } from '../types.js'
import type { Nonces } from './nonces.js'
import { judgeProofClaims, judgeProofHeader, type ProofRefusal, type ProvenRequest, WINDOW } from './rules.js'

/** What a proof is held against. */
export interface VerifyProofOptions extends ProvenRequest, PoolOptions {
  /** The time of this node, in milliseconds since 1970. */
  readonly now: number
  /** Demands a nonce in each proof. */
  readonly nonces?: Nonces
  /** The thumbprint (`cnf.jkt`) that the token is bound to: the proof has to be by that key. */
  readonly boundTo?: string
  /** Where used proofs are remembered, as hashes: the store that all processes share. */
  readonly seen: Pick<TokenStore, 'insertOnce'>
}

const OPTIONS = optionsOf<VerifyProofOptions>('verifyProof', {
  method: true,
  url: true,
  accessToken: true,
  now: true,
  nonces: true,
  boundTo: true,
  seen: true,
  inPool: true,
})

/** The outcome for a proof: by whose key, or why not. */
export type VerifiedProof =
  | {
      readonly ok: true
      /** The thumbprint of its key, for a token to be bound to. */
      readonly jkt: string
      /** To answer as `DPoP-Nonce`: the next proof should carry it instead. */
      readonly nonce?: string
    }
  | {
      readonly ok: false
      readonly reason: ProofRefusal
      /** For `wrong_nonce`: to answer as `DPoP-Nonce`. */
      readonly nonce?: string
    }

/**
 * Verifies the value of a `DPoP` header (RFC 9449 section 4.3), whatever it is. It counts as used only once all else has passed, and
 * then once. Never rejects on a proof; `reason` is for logs, the caller is told `invalid_dpop_proof`, or `use_dpop_nonce` with the
 * nonce. Rejects with `invalid_option` for options that verify nothing.
 *
 * @example
 * const proof = await verifyProof(request.headers.get('dpop'), { method: 'POST', url: 'https://auth.acme.dev/token', now, seen: store })
 * if (proof.ok) proof.jkt
 */
export async function verifyProof(proof: unknown, options: VerifyProofOptions): Promise<VerifiedProof> {
  OPTIONS.check(options)
  const { seen, now, nonces, boundTo } = options
  if (typeof seen?.insertOnce !== 'function') throw new TokenloopError('invalid_option', '`seen` must be a store')
  try {
    const read = await readProof(proof, options)
    if (read === 'wrong_nonce') return refused(read, await nonces?.current(now))
    if (typeof read === 'string') return refused(read)
    const { claims, jws, key } = read
    if ((await key.verify(jws.signedBytes(), jws.signature)) !== true) return refused('bad_signature')
    const jkt = thumbprint({ ...key.jwk })
    if (boundTo !== undefined && jkt !== boundTo) return refused('wrong_key')
    const nonce = await nonces?.current(now)
    const isFirst: unknown = await seen.insertOnce('dpop', usedKey(jkt, claims), null, forgottenAt(claims))
    if (isFirst !== true) return refused(isFirst === false ? 'replayed' : 'unavailable')
    return { ok: true, jkt, ...(nonce !== undefined && nonce !== claims.nonce && { nonce }) }
  } catch {
    return refused('unavailable')
  }
}

/** How far the clocks of nodes and of the store may be apart before the store forgets a proof that a node would still take. */
const MOST_CLOCK_DIFFERENCE = 300_000

const usedKey = (jkt: string, { jti }: JsonObject) => tupleKey(jkt, String(jti))
const forgottenAt = ({ iat }: JsonObject) => Number(iat) * 1000 + WINDOW + MOST_CLOCK_DIFFERENCE

interface ReadProof {
  readonly claims: JsonObject
  readonly jws: CompactJws
  readonly key: VerificationKey
}

const readProofJws = /* @__PURE__ */ jwsReader(judgeProofHeader)

/** All that can be judged without arithmetic on curves comes first. */
async function readProof(proof: unknown, options: VerifyProofOptions): Promise<ReadProof | ProofRefusal> {
  if (proof === undefined || proof === null || proof === '') return 'missing'
  const jws = parseCompact(proof, readProofJws)
  if (typeof jws === 'string') return jws as ProofRefusal
  const claims = parseJsonObject(jws.payload)
  if (claims === undefined) return 'malformed'
  const { nonces, now } = options
  const isNonceFine =
    nonces === undefined || (typeof claims.nonce === 'string' && (await nonces.accepts(claims.nonce, now)) === true)
  const refusal = judgeProofClaims({ ...options, claims, isNonceFine })
  if (refusal !== undefined) return refusal
  const key = await keyOf(jws.header.jwk, options)
  return key === undefined ? 'invalid_key' : { claims, jws, key }
}

/** Members that would make it more than the public half of a key pair (RFC 7518 section 6). */
const SECRET = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth']

async function keyOf(jwk: Json | undefined, options: PoolOptions): Promise<VerificationKey | undefined> {
  if (!isJsonObject(jwk) || SECRET.some((name) => name in jwk)) return undefined
  try {
    return await verificationKey(publicJwkOf(jwk), options)
  } catch {
    return undefined
  }
}

const refused = (reason: ProofRefusal, nonce?: string): VerifiedProof => ({
  ok: false,
  reason,
  ...(nonce !== undefined && { nonce }),
})
