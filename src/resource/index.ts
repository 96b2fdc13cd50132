export type {
  ClientPrincipal,
  Freshness,
  GrantPrincipal,
  Principal,
  PrincipalKind,
  TokenPrincipal,
} from '../core/principal.js'
export type { Acceptance, Acceptor, Carrier, Demand, GuardRequest, SignIn } from './accept.js'
export type { Answer, ErrorName, GuardReason } from './answers.js'
export { type ApiTokensOptions, apiTokens } from './api-tokens.js'
export type { Denied, Refusal } from './deny.js'
export { type Access, type CheckInput, createGuard, type Guard, type GuardOptions } from './guard.js'
export { metadataUrl, type ResourceMetadata } from './metadata.js'
export type { StepUpInput } from './step-up.js'
