import type { PlainRequest } from '../core/plain.js'
import { verifyProof } from '../jwt/dpop/proof.js'
import type { Client } from './clients/client.js'
import { type Context, urlOf } from './context.js'
import type { Paths } from './paths.js'
import { Refusal } from './refusal.js'

/** The key of a request, as far as it can be judged without using its proof up. */
export interface ProvenKey {
  /**
   * The thumbprint of the key, or `null` where no proof came and none is needed. It uses the proof up, once however often it is asked
   * for, and so belongs right before the write. Throws a `Refusal` for a proof that was used before.
   */
  use(): Promise<string | null>
}

/** How a request proves that its client holds a key (RFC 9449 section 5). */
export interface Prover {
  /**
   * Judges the proof; `boundTo` is the key that it has to be by, where there is one. Work that is begun anew may ask again. Throws a
   * `Refusal`.
   */
  readonly prove: (boundTo: string | null) => Promise<ProvenKey>
  /** Headers of the answer: the nonce for the next proof. Filled by `prove`. */
  readonly headers: Record<string, string>
}

/** Of a request that cannot carry a proof: whatever is bound to a key, or has to be, is refused. */
export const unproven =
  ({ metadata }: Client): Prover['prove'] =>
  async (boundTo) => {
    if (boundTo !== null || metadata.dpop_bound_access_tokens === true) throw new Refusal('proof_missing')
    return NO_KEY
  }

const NO_KEY: ProvenKey = { use: async () => null }

/** Makes what proves a key at an endpoint. The address is the configured one, never that of the request. */
export function prover(context: Context, request: PlainRequest, endpoint: keyof Paths, client: Client): Prover {
  const headers: Record<string, string> = {}
  const header = request.headers.get('dpop')
  if (header === null) return { prove: unproven(client), headers }
  let judged: ReturnType<typeof judgeProof> | undefined
  const prove = async (boundTo: string | null): Promise<ProvenKey> => {
    judged ??= judgeProof(context, header, { method: request.method, url: urlOf(context, endpoint) }, client, headers)
    const { jkt, use } = await judged
    if (boundTo !== null && boundTo !== jkt) throw new Refusal('key_mismatch')
    return { use }
  }
  return { prove, headers }
}

async function judgeProof(
  { keys, store, nonces }: Context,
  header: string,
  asked: { readonly method: string; readonly url: string },
  client: Client,
  headers: Record<string, string>,
): Promise<ProvenKey & { readonly jkt: string }> {
  // The proof is noted as used when the rest of the request has passed.
  let note = async () => false
  const seen: Pick<typeof store, 'insertOnce'> = {
    async insertOnce(...entry) {
      note = () => store.insertOnce(...entry)
      return true
    },
  }
  const now = keys?.now() ?? client.now
  const proof = await verifyProof(header, { ...asked, now, seen, ...(nonces && { nonces }) })
  const nonce: Record<string, string> = proof.nonce === undefined ? {} : { 'dpop-nonce': proof.nonce }
  Object.assign(headers, nonce)
  if (!proof.ok) {
    if (proof.reason === 'unavailable') throw new Refusal('unavailable')
    const rule = proof.reason === 'wrong_nonce' ? 'proof_nonce' : 'proof_invalid'
    throw new Refusal(rule, { detail: proof.reason, headers: nonce })
  }
  const { jkt } = proof
  let used: Promise<boolean> | undefined
  return {
    jkt,
    async use() {
      used ??= note()
      if (!(await used)) throw new Refusal('proof_invalid', { detail: 'replayed' })
      return jkt
    },
  }
}
