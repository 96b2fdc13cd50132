import { TokenloopError } from '../core/errors.js'
import { checkPart, optionsOf } from '../core/options.js'
import { verifyProof } from '../jwt/dpop/proof.js'
import type { ProofRefusal } from '../jwt/dpop/rules.js'
import { normalizeUrl } from '../jwt/dpop/url.js'
import type { Carrier, GuardRequest } from './accept.js'
import type { GuardReason } from './answers.js'
import type { Refused } from './deny.js'
import type { DpopOptions } from './dpop.js'

const OPTIONS = optionsOf<DpopOptions>('dpop', { seen: true, nonces: true, baseUrl: true, clock: true })

/** A credential that passed but for its binding. */
export interface Presented {
  readonly text: string
  readonly carriers: readonly Carrier[]
  readonly request: GuardRequest
  /** The thumbprint of the key it is bound to, or `null`. */
  readonly boundTo: string | null
}

/** Where the holder of a key is told the next nonce. */
export interface Bound {
  readonly ok: true
  readonly nonce?: string
}

/** Decides whether a credential may be used by who sent it. Never throws or rejects on a request. */
export type JudgeBinding = (presented: Presented) => Promise<Bound | Refused>

/**
 * Holds tokens to their binding, both ways: who only bears a bound one is refused, and so is an unbound one that is sent as if it were
 * bound. The proof comes last, so that no request that is refused uses one up. Throws `invalid_option`.
 */
export function bindingOf(dpop: DpopOptions | undefined, resource: string): JudgeBinding {
  const prove = dpop && proverOf(dpop, resource)
  return async ({ text, carriers, request, boundTo }) => {
    const isProven = carriers.includes('dpop')
    if (boundTo === null) return isProven ? refused('not_bound') : { ok: true }
    // RFC 9449 section 7.2: a bound token that is merely borne is refused, or whoever stole it could use it.
    return isProven && prove !== undefined ? prove(text, boundTo, request) : refused('bound')
  }
}

function proverOf(dpop: DpopOptions, resource: string) {
  OPTIONS.check(dpop)
  const { seen, nonces, clock = { now: Date.now }, baseUrl = new URL(resource).origin } = dpop
  checkPart('seen', seen, 'insertOnce')
  if (nonces !== undefined) checkPart('nonces', nonces, 'current', 'accepts')
  if (typeof clock?.now !== 'function') throw new TokenloopError('invalid_option', '`clock` must tell the time')
  if (normalizeUrl(baseUrl) === undefined || /[?#]/.test(baseUrl)) {
    throw new TokenloopError('invalid_option', '`baseUrl` is an address such as https://api.acme.dev')
  }
  const base = baseUrl.replace(/\/$/, '')

  return async (accessToken: string, boundTo: string, { headers, method = '', url = '' }: GuardRequest) => {
    try {
      const asked = { method, url: base + pathOf(url), accessToken, boundTo }
      const now = clock.now()
      const proof = await verifyProof(headers.get('dpop'), { ...asked, now, seen, ...(nonces && { nonces }) })
      const told = proof.nonce === undefined ? {} : { nonce: proof.nonce }
      return proof.ok
        ? { ok: true as const, ...told }
        : { ...refused(reasonOf(proof.reason)), proof: proof.reason, ...told }
    } catch {
      return refused('unavailable')
    }
  }
}

/** Of an address, or of the target of a request: all that a proxy before the host leaves as it came. */
const pathOf = (url: string): string => {
  const target = url.replace(/^https?:\/\/[^/?#]*/i, '')
  return target.startsWith('/') ? target : `/${target}`
}

/** RFC 9449 section 7.1: a proof by another key than the token's says that the token is not the caller's. */
const REASONS: { readonly [P in ProofRefusal]?: GuardReason } = {
  unavailable: 'unavailable',
  wrong_nonce: 'nonce_required',
  wrong_key: 'bound',
}
const reasonOf = (proof: ProofRefusal): GuardReason => REASONS[proof] ?? 'invalid_proof'

const refused = (reason: GuardReason): Refused => ({ ok: false, reason })
