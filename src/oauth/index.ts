/**
 * The OAuth 2.1 authorization server on the users and pages of a host.
 *
 * @module tokenloop/oauth
 */

export type { ConnectedApps } from './apps/apps.js'
export type { UpdateAppInput } from './apps/change.js'
export type { ListAppsInput } from './apps/list.js'
export type { ChangeAppInput, WithinApps } from './apps/realm.js'
export type { RevokeAllAppsInput } from './apps/revoke-all.js'
export type { AppClient, ConnectedApp } from './apps/view.js'
export type { Ask, LoginWish } from './authorize/ask.js'
export type { Decided, Decision } from './authorize/decide.js'
export type { Login } from './authorize/login.js'
export type { AskedScope, ClientView, ConsentView, Warning } from './authorize/view.js'
export type { ClientCandidate, ClientPolicy, ClientVerdict } from './clients/candidate.js'
export type { Clients } from './clients/clients.js'
export type { AuthMethod, ClientMetadata, GrantType } from './clients/metadata.js'
export type { Reaped, ReapInput } from './clients/reap.js'
export type {
  AddSecretInput,
  Client,
  ClientChangeInput,
  ClientDescription,
  ClientSecretInfo,
  CreateClientInput,
  CreatedClient,
  CreatedPair,
  CreatePairInput,
  ListClientsInput,
  UpdateClientInput,
} from './clients/types.js'
export type { DeviceAsk } from './device/begin.js'
export type { MetadataDocumentsOptions } from './documents/options.js'
export type { Peer } from './endpoints/table.js'
export type { Exchanged, ExchangeInput, RefreshInput } from './exchange.js'
export type { Lifetimes } from './lifetimes.js'
export type { ClaimsRequest, OpenIdOptions } from './openid/options.js'
export type { AuthorizationServerOptions } from './options.js'
export type { Paths } from './paths.js'
export type { Explanation, OAuthError, Rule } from './refusal.js'
export type { InitialAccess, InitialAccessInput } from './registration/initial-access.js'
export type { RegistrationOptions } from './registration/options.js'
export type { ResourceOptions } from './resources.js'
export { type AuthorizationServer, createAuthorizationServer } from './server.js'
