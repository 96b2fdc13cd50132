import { checkPart } from '../core/options.js'
import type { Carrier, Dpop, GuardRequest, Proven } from './accept.js'
import type { GuardReason } from './answers.js'

/** A credential that passed but for its binding. */
export interface Presented {
  readonly text: string
  readonly carriers: readonly Carrier[]
  readonly request: GuardRequest
  /** The thumbprint of the key it is bound to, or `null`. */
  readonly boundTo: string | null
}

/** Decides whether a credential may be used by who sent it. Never throws or rejects on a request. */
export type JudgeBinding = (presented: Presented) => Promise<Proven>

/**
 * Holds tokens to their binding, both ways: who only bears a bound one is refused, and so is an unbound one that is sent as if it were
 * bound. The proof comes last, so that no request that is refused uses one up. Throws `invalid_option`.
 */
export function bindingOf(dpop: Dpop | undefined, resource: string): JudgeBinding {
  const prove = dpop && checkPart('dpop', dpop, 'proverOf').proverOf(resource)
  return async ({ text, carriers, request, boundTo }) => {
    const isProven = carriers.includes('dpop')
    if (boundTo === null) return isProven ? refused('not_bound') : { ok: true }
    // RFC 9449 section 7.2: a bound token that is merely borne is refused, or whoever stole it could use it.
    return isProven && prove !== undefined ? prove(text, boundTo, request) : refused('bound')
  }
}

const refused = (reason: GuardReason): Proven => ({ ok: false, reason })
