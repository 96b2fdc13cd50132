import type { Catalogue } from './catalogue.js'
import { TokenloopError } from './errors.js'
import { frozenList } from './frozen.js'
import { type Actor, ceilingOf } from './subject.js'

/**
 * Nobody can give what they do not have: the scopes and roles that are asked for must be known, and all that they allow
 * must lie under the actor's ceiling. Throws `unknown_scope`, `unknown_role`, `scope_not_allowed`, or `invalid_input` for
 * what is no list.
 */
export function checkGift(
  catalogue: Catalogue,
  by: Actor,
  scopes: readonly string[] = [],
  roles: readonly string[] = [],
): { readonly scopes: readonly string[]; readonly roles: readonly string[] } {
  if (!Array.isArray(roles) || !Array.isArray(scopes))
    throw new TokenloopError('invalid_input', 'scopes and roles are lists')
  const parsed = catalogue.parse(scopes)
  if (!parsed.ok) throw new TokenloopError('unknown_scope', 'a scope is not in the catalogue')
  const named = [...new Set(roles)]
  if (!named.every((role) => catalogue.isRole(role)))
    throw new TokenloopError('unknown_role', 'a role is not in the catalogue')
  checkCeiling(catalogue, by, parsed.scopes, named)
  return { scopes: frozenList(parsed.scopes), roles: frozenList(named) }
}

/** Throws `scope_not_allowed` unless the actor has all that these scopes and roles allow. */
export function checkCeiling(
  catalogue: Catalogue,
  by: Actor,
  scopes: readonly string[],
  roles: readonly string[],
): void {
  const ceiling = ceilingOf(by)
  if (ceiling !== undefined && !catalogue.covers(ceiling, catalogue.resolve(scopes, roles))) {
    throw new TokenloopError('scope_not_allowed', 'the actor does not have all of these scopes')
  }
}
