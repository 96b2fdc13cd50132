import { TokenloopError } from '../core/errors.js'
import { type Names, optionsOf } from '../core/options.js'
import type { PrincipalKind } from '../core/principal.js'
import type { CheckInput, Guard } from '../resource/guard.js'

/** What a route asks for besides scopes: how and when the user signed in, and what a call costs. */
export type Requirements = Omit<CheckInput, 'ip'>

/** What a route asks for: scopes, and whatever else after them. */
export type Demands<Scope extends string, More = Requirements> =
  | readonly Scope[]
  | readonly [...scopes: Scope[], requirements: More]

/** As much of a guard as a route needs. */
export type Checks<Scope extends string, Kind extends PrincipalKind> = Pick<Guard<Scope, Kind>, 'check'>

export const REQUIREMENTS: Names<Requirements> = { cost: true, acr: true, maxAge: true }

/**
 * Tells scopes from what comes after them, whose names are those of the table. A scope that went missing must not pass for needing none.
 * Throws `invalid_option`.
 */
export function readDemands<Scope extends string, More extends object>(
  demands: Demands<Scope, More>,
  names: Names<More>,
): { readonly scopes: readonly Scope[]; readonly more: More | undefined } {
  const scopes: Scope[] = []
  let more: More | undefined
  for (const [i, demand] of demands.entries()) {
    const isLast = i === demands.length - 1
    if (typeof demand === 'string') scopes.push(demand)
    else if (isLast && typeof demand === 'object' && !Array.isArray(demand)) more = demand
    else throw new TokenloopError('invalid_option', 'a route requires scopes, each a text, and options after them')
  }
  if (more !== undefined) optionsOf('requireScopes', names).check(more)
  return { scopes, more }
}
