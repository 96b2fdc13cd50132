import { type Names, optionsOf } from '../core/options.js'
import { PAGE } from '../store/pages.js'
import type { AccountChangeInput, CreateAccountInput, ListAccountsInput, UpdateAccountInput } from './types.js'

const CHANGE: Names<AccountChangeInput> = { by: true, within: true }

/** Everything that may be asked of each method, by name. */
export const CREATE = optionsOf<CreateAccountInput<string>>('create', {
  by: true,
  tenant: true,
  name: true,
  scopes: true,
  metadata: true,
})
export const UPDATE = optionsOf<UpdateAccountInput<string>>('update', {
  ...CHANGE,
  name: true,
  scopes: true,
  metadata: true,
})
export const STANDING = {
  delete: optionsOf<AccountChangeInput>('delete', CHANGE),
  suspend: optionsOf<AccountChangeInput>('suspend', CHANGE),
  resume: optionsOf<AccountChangeInput>('resume', CHANGE),
  cutOff: optionsOf<AccountChangeInput>('cutOff', CHANGE),
}
export const LIST = optionsOf<ListAccountsInput>('list', { ...PAGE, tenant: true })
