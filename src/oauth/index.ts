export type { Ask, Login } from './authorize/begin.js'
export type { Decided, Decision } from './authorize/decide.js'
export type { ClientView, ConsentView } from './authorize/view.js'
export type { ClientCandidate, ClientPolicy, ClientVerdict } from './clients/candidate.js'
export type { Clients } from './clients/clients.js'
export type { AuthMethod, ClientMetadata, GrantType } from './clients/metadata.js'
export type { Reaped, ReapInput } from './clients/reap.js'
export type {
  AddSecretInput,
  Client,
  ClientChangeInput,
  ClientSecretInfo,
  CreateClientInput,
  CreatedClient,
  CreatedPair,
  CreatePairInput,
  ListClientsInput,
  UpdateClientInput,
} from './clients/types.js'
export type { Peer } from './endpoints/table.js'
export type { Lifetimes } from './lifetimes.js'
export type { AuthorizationServerOptions } from './options.js'
export type { Paths } from './paths.js'
export type { OAuthError, Rule } from './refusal.js'
export type { InitialAccess, InitialAccessInput } from './registration/initial-access.js'
export type { RegistrationOptions } from './registration/options.js'
export type { ResourceOptions } from './resources.js'
export { type AuthorizationServer, createAuthorizationServer } from './server.js'
