import { checkCeiling } from '../../core/authority.js'
import type { Actor } from '../../core/subject.js'
import { actingNow, type Bounds, demandBounds } from '../../store/acting.js'
import type { Link } from '../../store/chain.js'
import { registeredScopes } from '../../store/grant-status.js'
import type { Condition } from '../../store/store.js'
import type { Context } from '../context.js'
import type { ClientMetadata } from './metadata.js'

/** What a client may do for itself, if it acts for itself. */
interface Given {
  readonly metadata: ClientMetadata | undefined
  readonly roles: readonly string[]
}

/** What a client may do for itself is bound by neither time, network nor limit. */
const UNBOUND: Bounds = { expiresAt: null, networks: [], limits: [] }

/**
 * Demands that an actor may give what a client may do for itself: whoever makes it, gets a secret of it, names its keys or lets it go on
 * gives all of that. What it may do for users they give themselves. Answers what has to be so still when it is written; `read` are
 * the accounts that were read with it. Throws `scope_not_allowed`.
 */
export async function giving(
  context: Context,
  by: Actor,
  { metadata, roles }: Given,
  read: readonly (Link<'account'> | undefined)[] = [],
): Promise<readonly Condition[]> {
  const actsForItself = metadata?.grant_types.includes('client_credentials') !== false
  if (actsForItself) checkCeiling(context.catalogue, by, registeredScopes(metadata ?? {}) ?? [], roles)
  const acting = await actingNow(context, by, read)
  if (actsForItself) demandBounds(acting, UNBOUND)
  return acting.conditions
}
