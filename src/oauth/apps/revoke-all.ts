import { TokenloopError } from '../../core/errors.js'
import { optionsOf } from '../../core/options.js'
import type { Actor } from '../../core/subject.js'
import { checkId } from '../../core/text.js'
import { type AccountRef, changeAccount } from '../../store/standing.js'
import { changeClient } from '../clients/change.js'
import type { Context } from '../context.js'
import { type AppRealm, type ChangeAppInput, realmOf } from './realm.js'

/** Whose apps are to be disconnected: all of a user, of a client, or of a tenant. */
export type RevokeAllAppsInput = ChangeAppInput &
  (
    | { readonly subject: string; readonly client?: never; readonly tenant?: never }
    | { readonly client: string; readonly subject?: never; readonly tenant?: never }
    | { readonly tenant: string; readonly subject?: never; readonly client?: never }
  )

const INPUT = optionsOf<RevokeAllAppsInput>('grants.revokeAll', {
  by: true,
  within: true,
  subject: true,
  client: true,
  tenant: true,
})

/** Ends all grants of a user, a client or a tenant in one write, whatever hangs on it; those that are allowed later live. */
export async function revokeAllApps(context: Context, input: RevokeAllAppsInput): Promise<void> {
  INPUT.check(input)
  const realm = realmOf(input)
  const [named, ...more] = (['subject', 'client', 'tenant'] as const).filter((name) => name in input)
  if (named === undefined || more.length > 0) {
    throw new TokenloopError('invalid_input', 'revokeAll takes a subject, a client or a tenant')
  }
  const id = checkId(input[named], `a ${named}`)
  if (named === 'client') return cutOffClient(context, id, input)
  // Whoever is confined to their own apps ends their own; those of a tenant are more than one user's.
  const isOwn = named === 'subject' ? isSubject(realm, id) : isTenant(realm, id)
  if (!isOwn) throw new TokenloopError('not_found', 'no such apps')
  const ref: AccountRef = { kind: named === 'subject' ? 'user' : 'tenant', id }
  const keeping = { ...context, keepEnded: context.lifetimes.audit }
  await changeAccount(keeping, { by: anywhere(input.by) }, ref, (account) => ({
    next: { ...account, grants: account.grants + 1 },
    type: 'grants.revoked',
    effect: 'ended',
  }))
}

const isSubject = ({ subject, tenant }: AppRealm, id: string) =>
  subject === id || (subject === undefined && tenant === undefined)
const isTenant = ({ subject, tenant }: AppRealm, id: string) =>
  subject === undefined && (tenant === undefined || tenant === id)

/** The actor without a tenant: what it may touch has been decided. */
const anywhere = (by: Actor): Actor => {
  if (by.kind === 'system') return by
  return by.kind === 'user' ? { kind: 'user', id: by.id } : { ...by, tenant: null }
}

/** Who may change a client is asked as everywhere else. */
async function cutOffClient(context: Context, id: string, { by, within }: RevokeAllAppsInput): Promise<void> {
  if (within?.subject !== undefined) throw new TokenloopError('not_found', 'no such client of a subject')
  const asking = within?.tenant === undefined ? { by } : { by, within: { tenant: within.tenant } }
  await changeClient(context, id, asking, (record) => ({
    next: { ...record, epoch: record.epoch + 1 },
    type: 'grants.revoked',
    effect: 'ended',
    detail: { client: id },
  }))
}
