import { TokenloopError } from '../core/errors.js'
import type { Holder } from '../core/subject.js'
import { checkId } from '../core/text.js'
import { fillPage, type PageOf, pageOf, pageRequest } from '../store/pages.js'
import { accountId } from '../store/records.js'
import { checkWithin } from '../store/standing.js'
import { changeStanding, updateAccount } from './change.js'
import { type AccountsOptions, type Context, createContext } from './context.js'
import { createAccount } from './create.js'
import * as inputs from './inputs.js'
import type {
  AccountChangeInput,
  CreateAccountInput,
  ListAccountsInput,
  ServiceAccount,
  UpdateAccountInput,
} from './types.js'
import { viewOf } from './view.js'

/**
 * Service accounts, and the standing of users and tenants: what `createAccounts` makes. Each way of ending or stopping one is a
 * single write, whatever hangs on it, and holds from the next check on. Rejects with a `TokenloopError`; `unavailable` where
 * the store fails, `conflict` where what is changed keeps being changed by others, `invalid_option` for an option that there is
 * none of.
 */
export interface Accounts<Scope extends string = string> {
  /**
   * Creates a service account, which no user's leaving ends.
   * Errors: `invalid_name`, `invalid_input`, `unknown_scope`, `scope_not_allowed`, `owner_inactive` (the tenant).
   *
   * @example
   * const bot = await accounts.create({ by, tenant: 'ws_1', name: 'deploy-bot', scopes: ['issues:write'] })
   */
  create(input: CreateAccountInput<Scope>): Promise<ServiceAccount<Scope>>
  /** One service account, deleted ones excepted. Errors: `not_found`. */
  get(id: string, within?: { readonly tenant: string }): Promise<ServiceAccount<Scope>>
  /** Service accounts, newest first, deleted ones excepted. Errors: `invalid_input`, `invalid_cursor`. */
  list(input?: ListAccountsInput): Promise<PageOf<ServiceAccount<Scope>>>
  /** Edits a service account. Tokens that were issued keep their scopes. Errors: those of `create`, `not_found`. */
  update(id: string, input: UpdateAccountInput<Scope>): Promise<ServiceAccount<Scope>>
  /** Ends a service account (by its id), a user or a tenant for good, with all that hangs on it. Errors: `not_found`. */
  delete(holder: string | Holder, input: AccountChangeInput): Promise<void>
  /** Stops all that hangs on a holder, until it is resumed. Errors: `not_found`, `ended` (it was deleted). */
  suspend(holder: string | Holder, input: AccountChangeInput): Promise<void>
  /** Lets all that hangs on a suspended holder work again, from the next check on. Errors: `not_found`, `ended` (it was deleted). */
  resume(holder: string | Holder, input: AccountChangeInput): Promise<void>
  /** Ends all tokens and grants that hang on a holder now; it may get new ones at once. Errors: `not_found`. */
  cutOff(holder: string | Holder, input: AccountChangeInput): Promise<void>
}

/**
 * Makes what manages service accounts and cuts off users and tenants. Throws `invalid_option`.
 *
 * @example
 * const accounts = createAccounts({ store, catalogue })
 * await accounts.suspend(user('u_42'), { by: system })
 */
export function createAccounts<Scope extends string, Role extends string>(
  options: AccountsOptions<Scope, Role>,
): Accounts<Scope> {
  const context = createContext(options)
  const standing =
    (name: keyof typeof inputs.STANDING): Accounts['delete'] =>
    (holder, input) =>
      inputs.STANDING[name].refuse(input) ?? changeStanding(context, name, holder, input)
  const accounts: Accounts = {
    create: (input) => inputs.CREATE.refuse(input) ?? createAccount(context, input),
    get: (id, within) => getAccount(context, id, within),
    list: (input = {}) => inputs.LIST.refuse(input) ?? listAccounts(context, input),
    update: (id, input) => inputs.UPDATE.refuse(input) ?? updateAccount(context, id, input),
    delete: standing('delete'),
    suspend: standing('suspend'),
    resume: standing('resume'),
    cutOff: standing('cutOff'),
  }
  return accounts as Accounts<Scope>
}

async function getAccount(
  { store }: Context,
  id: string,
  within: { readonly tenant: string } | undefined,
): Promise<ServiceAccount> {
  const tenant = within === undefined ? undefined : checkWithin(within)
  const { record } = await store.get('account', accountId({ kind: 'account', id: checkId(id, 'an account id') }))
  const outside = tenant !== undefined && record?.tenant !== tenant
  if (record === undefined || record.status === 'deleted' || outside) {
    throw new TokenloopError('not_found', 'no such service account')
  }
  return viewOf(id, record)
}

async function listAccounts({ store }: Context, input: ListAccountsInput): Promise<PageOf<ServiceAccount>> {
  const tenant = 'tenant' in input ? { tenant: checkId(input.tenant, 'a tenant id') } : {}
  const { items, next } = await fillPage<'account', ServiceAccount>(
    pageRequest(input),
    (page) => store.list('account', { type: 'account', undeleted: true, ...tenant }, page),
    ({ id, record }) => viewOf(id.slice('account:'.length), record),
  )
  return pageOf(items, next)
}
