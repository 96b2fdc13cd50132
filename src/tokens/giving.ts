import { checkCeiling } from '../core/authority.js'
import type { Actor } from '../core/subject.js'
import { actingNow, conditionsOf, demandBounds } from '../store/acting.js'
import type { Chains } from '../store/chain.js'
import type { TokenRecord } from '../store/records.js'
import type { Condition } from '../store/store.js'
import type { Context } from './context.js'

/**
 * Demands that an actor may give what a token allows, and answers what has to be so still when that is written: of the actor, and of
 * what the token hangs on. Throws `scope_not_allowed`.
 */
export async function giving(
  context: Context,
  by: Actor,
  given: TokenRecord,
  chain: Chains['token'],
): Promise<readonly Condition[]> {
  checkCeiling(context.catalogue, by, given.scopes, given.roles)
  const acting = await actingNow(context, by, [chain.owner, chain.tenant])
  demandBounds(acting, given)
  return [...conditionsOf(chain), ...acting.conditions]
}
