/**
 * The guard in front of an API: it finds the credential of a request, checks it, and knows what to answer.
 *
 * @module tokenloop/resource
 */

export type {
  AccessTokenPrincipal,
  ClientPrincipal,
  Freshness,
  GrantPrincipal,
  Principal,
  PrincipalKind,
  Principals,
  TokenPrincipal,
} from '../core/principal.js'
export type { PoolOptions } from '../jwt/engine/engine.js'
export type { GrantStanding } from '../store/grant-status.js'
export type { Acceptance, Acceptor, Carrier, Demand, Dpop, GuardRequest, Prove, Proven, SignIn } from './accept.js'
export type { KindOf } from './access-token.js'
export { type AccessTokensOptions, accessTokens } from './access-tokens.js'
export type { Answer, ErrorName, GuardReason } from './answers.js'
export { type ApiTokensOptions, apiTokens } from './api-tokens.js'
export type { Denied, Refusal } from './deny.js'
export {
  type DiscoveredMetadata,
  type DiscoveredResource,
  type DiscoverResourceOptions,
  discoverResource,
} from './discover-resource.js'
export { type DpopOptions, dpop } from './dpop.js'
export type { GathersUse } from './grant-use.js'
export { type Access, type CheckInput, createGuard, type Guard, type GuardOptions } from './guard.js'
export { type JwtsOptions, jwts } from './jwts.js'
export { metadataUrl, type ResourceMetadata } from './metadata.js'
export { type OpaqueOptions, opaque } from './opaque.js'
export { type RevocationFeedOptions, revocationFeed } from './revocations/feed.js'
export { type FollowOptions, type FollowTerms, followRevocations, type Revocations } from './revocations/follow.js'
export type { Issued, RevocationVerdict } from './revocations/known.js'
export type { HeadersOf } from './revocations/source.js'
export type { StepUpInput } from './step-up.js'
