import { verifyProof } from '../jwt/dpop/proof.js'
import type { Client } from './clients/client.js'
import { type Context, urlOf } from './context.js'
import type { Paths } from './paths.js'
import { Refusal } from './refusal.js'

/** How a request proves that its client holds a key (RFC 9449 section 5). */
export interface Prover {
  /**
   * The thumbprint of the key, or `null` where no proof came and none is needed. `boundTo` is the key that it has to be. A proof counts
   * as used from then on. Throws a `Refusal`.
   */
  readonly prove: (boundTo: string | null) => Promise<string | null>
  /** Headers of the answer: the nonce for the next proof. Filled by `prove`. */
  readonly headers: Record<string, string>
}

/** Makes what proves a key at an endpoint. The address is the configured one, never that of the request. */
export function prover(context: Context, request: Request, endpoint: keyof Paths, { metadata }: Client): Prover {
  const headers: Record<string, string> = {}
  const prove = async (boundTo: string | null): Promise<string | null> => {
    const header = request.headers.get('dpop')
    if (header === null) {
      if (boundTo !== null || metadata.dpop_bound_access_tokens === true) throw new Refusal('proof_missing')
      return null
    }
    const { keys, store, nonces } = context
    const proof = await verifyProof(header, {
      method: request.method,
      url: urlOf(context, endpoint),
      now: keys?.now() ?? Date.now(),
      seen: store,
      ...(nonces && { nonces }),
    })
    const nonce: Record<string, string> = proof.nonce === undefined ? {} : { 'dpop-nonce': proof.nonce }
    Object.assign(headers, nonce)
    if (proof.ok) return proof.jkt
    if (proof.reason === 'unavailable') throw new Refusal('unavailable')
    throw new Refusal(proof.reason === 'wrong_nonce' ? 'proof_nonce' : 'proof_invalid', {
      detail: proof.reason,
      headers: nonce,
    })
  }
  return { prove, headers }
}

/**
 * The key of a request whose work may have to be begun anew: a proof can be used once, so it is asked for once. A token that is bound
 * to a key is refused with any other. Throws a `Refusal`.
 */
export function onceProven(prove: Prover['prove']): Prover['prove'] {
  let proven: string | null | undefined
  return async (boundTo) => {
    if (proven === undefined) proven = await prove(boundTo)
    if (boundTo !== null && boundTo !== proven) throw new Refusal('key_mismatch')
    return proven
  }
}
