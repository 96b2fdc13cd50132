/**
 * Catalogues, API tokens, service accounts, and the memory store.
 *
 * @module tokenloop
 */

export { type Accounts, createAccounts } from './accounts/accounts.js'
export type { AccountsOptions } from './accounts/context.js'
export type {
  AccountChangeInput,
  CreateAccountInput,
  ListAccountsInput,
  ServiceAccount,
  UpdateAccountInput,
} from './accounts/types.js'
export {
  type Catalogue,
  type DescribedScope,
  defineCatalogue,
  type ParsedScopes,
  type ScopeDefinition,
  type ScopeGroup,
} from './core/catalogue.js'
export type { Digest, Pepper } from './core/digest.js'
export { type ErrorCode, TokenloopError } from './core/errors.js'
export type { Event, EventListener, EventType } from './core/event.js'
export type { Json, JsonObject } from './core/json.js'
export { createPkce, verifyPkce } from './core/pkce.js'
export type {
  AccessTokenPrincipal,
  ClientPrincipal,
  Freshness,
  GrantPrincipal,
  Principal,
  PrincipalKind,
  Principals,
  TokenPrincipal,
} from './core/principal.js'
export type { Sealed, SealingKey } from './core/seal.js'
export { Secret } from './core/secret.js'
export {
  type ActingToken,
  type Actor,
  type ActorRef,
  account,
  type Holder,
  type Owner,
  type System,
  system,
  type Tenant,
  tenant,
  type User,
  user,
} from './core/subject.js'
export type { Clock, Duration } from './core/time.js'
export type { Chains, Link } from './store/chain.js'
export { type MemoryStoreOptions, memoryStore } from './store/memory.js'
export type { PageInput, PageOf } from './store/pages.js'
export type {
  AccessRecord,
  AccountRecord,
  AuthorizationRecord,
  ClientRecord,
  ClientSecret,
  CodeState,
  Entry,
  Epochs,
  EventRecord,
  GrantRecord,
  KeyRecord,
  Kind,
  Limit,
  Predecessor,
  RecordBase,
  Records,
  RefreshAsked,
  RefreshState,
  SignedIn,
  TokenRecord,
} from './store/records.js'
export type { Latency } from './store/slow.js'
export type { TokenStatus } from './store/status.js'
export type {
  Budget,
  BudgetState,
  Capabilities,
  Change,
  Changes,
  Condition,
  Effect,
  Filters,
  ItemOf,
  Listed,
  ListKind,
  Page,
  PageRequest,
  Position,
  Read,
  ReadOptions,
  ReadWith,
  Row,
  Spent,
  TokenStore,
  Use,
  UseOf,
  WriteOptions,
  WriteOutcome,
} from './store/store.js'
export type { UseOptions } from './store/use.js'
export type { TokensOptions } from './tokens/context.js'
export type { Lifetime } from './tokens/lifetime.js'
export type { LivenessOptions } from './tokens/liveness.js'
export { createTokens, type Tokens } from './tokens/tokens.js'
export type {
  AuditInput,
  ChangeInput,
  Due,
  DueInput,
  Identified,
  Issued,
  IssueInput,
  LimitInput,
  ListInput,
  RefusalReason,
  RevokeAllInput,
  RevokeInput,
  RotateInput,
  Token,
  TokenFields,
  UpdateInput,
  Verified,
  VerifyInput,
  Within,
} from './tokens/types.js'
