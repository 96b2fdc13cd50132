import { TokenloopError } from '../core/errors.js'
import { checkPart, optionsOf } from '../core/options.js'
import type { Clock } from '../core/time.js'
import type { Nonces } from '../jwt/dpop/nonces.js'
import { verifyProof } from '../jwt/dpop/proof.js'
import type { ProofRefusal } from '../jwt/dpop/rules.js'
import { normalizeUrl } from '../jwt/dpop/url.js'
import type { PoolOptions } from '../jwt/engine/engine.js'
import type { TokenStore } from '../store/store.js'
import type { Dpop, GuardRequest, Proven } from './accept.js'
import type { GuardReason } from './answers.js'

/** How tokens that are bound to a key are taken (RFC 9449 section 7). */
export interface DpopOptions extends PoolOptions {
  /** Where used proofs are remembered: a store that all processes of the API share. */
  readonly seen: Pick<TokenStore, 'insertOnce'>
  /** Demands a nonce in each proof. */
  readonly nonces?: Nonces
  /**
   * Where callers see the API, before the path of the request; by default the origin of the guard's `resource`. What the request says
   * of its own host never counts.
   */
  readonly baseUrl?: string
  /** The time of this node; by default the system's. */
  readonly clock?: Clock
}

const OPTIONS = optionsOf<DpopOptions>('dpop', { seen: true, nonces: true, baseUrl: true, clock: true, inPool: true })

/**
 * Lets an acceptor take tokens that are bound to a key, from `Authorization: DPoP` with a proof in `DPoP` (RFC 9449). Each proof passes
 * once. Throws `invalid_option`; `createGuard` does where there is no `baseUrl` and its `resource` is no address.
 *
 * @example
 * jwts({ issuer, keys, store, dpop: dpop({ seen: store }) })
 */
export function dpop(options: DpopOptions): Dpop {
  OPTIONS.check(options)
  const { seen, nonces, clock = { now: Date.now }, baseUrl, inPool = false } = options
  checkPart('seen', seen, 'insertOnce')
  if (nonces !== undefined) checkPart('nonces', nonces, 'current', 'accepts')
  if (typeof clock?.now !== 'function') throw new TokenloopError('invalid_option', '`clock` must tell the time')
  if (baseUrl !== undefined) checkBase(baseUrl)

  return Object.freeze({
    proverOf(resource: string) {
      const base = checkBase(baseUrl ?? new URL(resource).origin)
      return async (accessToken: string, boundTo: string, request: GuardRequest): Promise<Proven> => {
        const { headers, method = '', url = '' } = request
        try {
          const asked = { method, url: base + pathOf(url), accessToken, boundTo, inPool }
          const now = clock.now()
          const proof = await verifyProof(headers.get('dpop'), { ...asked, now, seen, ...(nonces && { nonces }) })
          const told = proof.nonce === undefined ? {} : { nonce: proof.nonce }
          if (proof.ok) return { ok: true, ...told }
          return { ok: false, reason: reasonOf(proof.reason), proof: proof.reason, ...told }
        } catch {
          return { ok: false, reason: 'unavailable' }
        }
      }
    },
  })
}

/** An address without a slash at its end. */
function checkBase(baseUrl: string): string {
  if (normalizeUrl(baseUrl) === undefined || /[?#]/.test(baseUrl)) {
    throw new TokenloopError('invalid_option', '`baseUrl` of `dpop` is an address such as https://api.acme.dev')
  }
  return baseUrl.replace(/\/$/, '')
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
