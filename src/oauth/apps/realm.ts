import { TokenloopError } from '../../core/errors.js'
import { optionsOf } from '../../core/options.js'
import { type Actor, actorRef, ownerOf, tenantOf } from '../../core/subject.js'
import { checkId } from '../../core/text.js'
import type { GrantRecord } from '../../store/records.js'

/** What a change is confined to; what is absent does not matter. */
export interface WithinApps {
  readonly subject?: string
  readonly tenant?: string
}

/** Who asks for a change. A user is confined to their own apps, in their tenant where they act in one, unless the host says `within`. */
export interface ChangeAppInput {
  readonly by: Actor
  readonly within?: WithinApps
}

/** Whose apps; `null` for nobody's, which is what a service account has. */
export interface AppRealm {
  readonly subject?: string | null
  readonly tenant?: string
}

const WITHIN = optionsOf<WithinApps>('within', { subject: true, tenant: true })

/** A confinement that confines to nothing is a mistake, and no permission. Throws `invalid_input`. */
export function checkWithin(within: WithinApps | undefined): AppRealm {
  if (within !== undefined) WITHIN.check(within)
  const realm = {
    ...(within && 'subject' in within && { subject: checkId(within.subject, 'a subject') }),
    ...(within && 'tenant' in within && { tenant: checkId(within.tenant, 'a tenant id') }),
  }
  if (Object.keys(realm).length > 0) return realm
  throw new TokenloopError('invalid_input', '`within` must name a subject, a tenant, or both')
}

/** What a change may touch. Throws `invalid_input` where the host named nobody. */
export function realmOf(input: ChangeAppInput): AppRealm {
  actorRef(input.by)
  if ('within' in input) return checkWithin(input.within)
  const owner = ownerOf(input.by)
  if (owner === undefined) return {}
  const tenant = tenantOf(input.by)
  return { subject: owner.kind === 'user' ? owner.id : null, ...(tenant !== undefined && { tenant }) }
}

/** A client's own grant is no user's, and so in nobody's realm but that of the system and of a tenant. */
export const isInRealm = ({ subject, tenant }: Pick<GrantRecord, 'subject' | 'tenant'>, realm: AppRealm): boolean =>
  (realm.subject === undefined || (realm.subject !== null && realm.subject === subject)) &&
  (realm.tenant === undefined || realm.tenant === tenant)
