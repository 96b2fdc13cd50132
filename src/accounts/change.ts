import { checkGift } from '../core/authority.js'
import { TokenloopError } from '../core/errors.js'
import { checkMetadata } from '../core/json.js'
import type { Owner, Tenant } from '../core/subject.js'
import { checkId } from '../core/text.js'
import type { AccountRecord } from '../store/records.js'
import { type AccountChange, type AccountRef, changeAccount } from '../store/standing.js'
import type { Context } from './context.js'
import { checkName } from './create.js'
import type { AccountChangeInput, ServiceAccount, UpdateAccountInput } from './types.js'
import { viewOf } from './view.js'

/** A user, a tenant, or a service account. */
export type Holder = Owner | Tenant

/** Edits a service account. Tokens that were issued keep what they have. */
export async function updateAccount(
  context: Context,
  id: string,
  input: UpdateAccountInput<string>,
): Promise<ServiceAccount> {
  const { by, name, scopes, metadata } = input
  const changed = {
    ...(name !== undefined && { name: checkName(name) }),
    ...(scopes !== undefined && { scopes: checkGift(context.catalogue, by, scopes).scopes }),
    ...(metadata !== undefined && { metadata: checkMetadata(metadata) }),
  }
  const record = await changeAccount(context, input, holderOf(id), (account) => {
    if (account.status === 'deleted') throw new TokenloopError('not_found', 'no such service account')
    const next = { ...account, ...changed }
    if (JSON.stringify(next) === JSON.stringify(account)) return undefined
    return { next, type: 'account.updated', effect: undefined, detail: changed }
  })
  return viewOf(id, record)
}

/** What each way of ending, stopping and resuming does to an account; `undefined` where it is so already. */
export const STANDINGS = {
  delete: (account) =>
    account.status === 'deleted'
      ? undefined
      : { next: { ...account, status: 'deleted' }, type: 'account.deleted', effect: 'ended' },
  suspend: (account) =>
    demandUndeleted(account).status === 'suspended'
      ? undefined
      : { next: { ...account, status: 'suspended' }, type: 'account.suspended', effect: 'paused' },
  resume: (account) =>
    demandUndeleted(account).status === 'active'
      ? undefined
      : { next: { ...account, status: 'active' }, type: 'account.resumed', effect: 'resumed' },
  cutOff: (account) => ({
    next: { ...account, tokens: account.tokens + 1, grants: account.grants + 1 },
    type: 'account.cut_off',
    effect: 'ended',
  }),
} satisfies Record<string, (account: AccountRecord) => AccountChange | undefined>

/** Changes the standing of a holder in one write, whatever hangs on it. */
export async function changeStanding(
  context: Context,
  standing: keyof typeof STANDINGS,
  holder: string | Holder,
  input: AccountChangeInput,
): Promise<void> {
  await changeAccount(context, input, holderOf(holder), STANDINGS[standing])
}

function holderOf(holder: string | Holder): AccountRef {
  if (typeof holder === 'string') return { kind: 'account', id: checkId(holder, 'an account id') }
  if (holder?.kind !== 'user' && holder?.kind !== 'account' && holder?.kind !== 'tenant') {
    throw new TokenloopError('invalid_input', "a holder is user('…'), account('…') or tenant('…')")
  }
  return { kind: holder.kind, id: checkId(holder.id, 'an id') }
}

function demandUndeleted(account: AccountRecord): AccountRecord {
  if (account.status === 'deleted') throw new TokenloopError('ended', 'the account has been deleted')
  return account
}
