import { checkGift } from '../core/authority.js'
import { TokenloopError } from '../core/errors.js'
import { checkMetadata } from '../core/json.js'
import { account, actorRef, checkHolder, type Holder } from '../core/subject.js'
import { actingNow } from '../store/acting.js'
import { type AccountRecord, accountId } from '../store/records.js'
import { type AccountChange, changeAccount } from '../store/standing.js'
import type { Context } from './context.js'
import { checkName } from './create.js'
import type { AccountChangeInput, ServiceAccount, UpdateAccountInput } from './types.js'
import { viewOf } from './view.js'

/** Edits a service account. Tokens that were issued keep what they have. */
export async function updateAccount(
  context: Context,
  id: string,
  input: UpdateAccountInput<string>,
): Promise<ServiceAccount> {
  const { by, name, scopes, metadata } = input
  actorRef(by)
  const changed = {
    ...(name !== undefined && { name: checkName(name) }),
    ...(scopes !== undefined && { scopes: checkGift(context.catalogue, by, scopes).scopes }),
    ...(metadata !== undefined && { metadata: checkMetadata(metadata) }),
  }
  const record = await changeAccount(context, input, holderOf(id), async (account) => {
    if (account.status === 'deleted') throw new TokenloopError('not_found', 'no such service account')
    const next = { ...account, ...changed }
    if (JSON.stringify(next) === JSON.stringify(account)) return undefined
    const onlyIf = scopes === undefined ? [] : (await actingNow(context, by, [])).conditions
    return { next, type: 'account.updated', effect: undefined, detail: changed, onlyIf }
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
  const ref = holderOf(holder)
  await changeAccount(context, input, ref, async (account) => {
    const change: AccountChange | undefined = STANDINGS[standing](account)
    if (standing !== 'resume' || change === undefined) return change
    // Whether a user may resume themselves, or their tenant, is for the host to say: it named them.
    const resumed = { kind: 'account', id: accountId(ref), version: 0, record: change.next } as const
    return { ...change, onlyIf: (await actingNow(context, input.by, [resumed])).conditions }
  })
}

const holderOf = (holder: string | Holder): Holder =>
  typeof holder === 'string' ? account(holder) : checkHolder(holder)

function demandUndeleted(account: AccountRecord): AccountRecord {
  if (account.status === 'deleted') throw new TokenloopError('ended', 'the account has been deleted')
  return account
}
