import { type Names, optionsOf } from '../core/options.js'
import { PAGE } from '../store/pages.js'
import type {
  AuditInput,
  ChangeInput,
  DueInput,
  IssueInput,
  LimitInput,
  ListInput,
  RevokeAllInput,
  RevokeInput,
  RotateInput,
  TokenFields,
  UpdateInput,
  VerifyInput,
  Within,
} from './types.js'

const CHANGE: Names<ChangeInput> = { by: true, within: true }
const FIELDS: Names<TokenFields<string, string>> = {
  scopes: true,
  roles: true,
  expiresIn: true,
  expiresAt: true,
  notBefore: true,
  networks: true,
  limits: true,
  metadata: true,
}

/** Everything that may be asked of each method, by name. */
export const ISSUE = optionsOf<IssueInput<string, string>>('issue', {
  ...FIELDS,
  by: true,
  owner: true,
  tenant: true,
  name: true,
})
export const UPDATE = optionsOf<UpdateInput<string, string>>('update', { ...FIELDS, ...CHANGE, name: true })
export const LIMIT = optionsOf<LimitInput>('a limit', { name: true, limit: true, every: true, refill: true })
export const VERIFY = optionsOf<VerifyInput<string>>('verify', { scopes: true, ip: true, cost: true })
export const ROTATE = optionsOf<RotateInput>('rotate', { ...CHANGE, overlap: true, from: true })
export const REVOKE = optionsOf<RevokeInput>('revoke', { ...CHANGE, reason: true })
export const REVOKE_ALL = optionsOf<RevokeAllInput>('revokeAll', { by: true, owner: true, tenant: true })
export const PAUSE = optionsOf<ChangeInput>('pause', CHANGE)
export const RESUME = optionsOf<ChangeInput>('resume', CHANGE)
export const REVEAL = optionsOf<ChangeInput>('reveal', CHANGE)
export const WITHIN = optionsOf<Within>('within', { owner: true, tenant: true })
export const LIST = optionsOf<ListInput>('list', { ...PAGE, owner: true, tenant: true, unrevoked: true })
export const DUE = optionsOf<DueInput>('due', { ...PAGE, within: true, unusedFor: true, owner: true, tenant: true })
export const AUDIT = optionsOf<AuditInput>('audit', {
  ...PAGE,
  token: true,
  account: true,
  owner: true,
  tenant: true,
  actor: true,
})
