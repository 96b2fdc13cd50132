/**
 * Signing keys, JWKS, issuing and verifying JWTs, DPoP proofs.
 *
 * @module tokenloop/jwt
 */

export type { Fetch, FetchFault } from '../core/fetch-bytes.js'
export type { DocumentFault } from '../core/fetch-document.js'
export type { VerifyJwtOptions } from './check.js'
export type { BindingClaim } from './claim-rules.js'
export type { AccessTokenClaims, PlainClaims } from './claims.js'

export { type Discovered, type DiscoverOptions, discover, discoveredKeys, type ServerMetadata } from './discover.js'
export { createNonces, type Nonces, type NoncesOptions } from './dpop/nonces.js'
export { type VerifiedProof, type VerifyProofOptions, verifyProof } from './dpop/proof.js'
export { createProver, type ProofInput, type Prover, type ProverOptions } from './dpop/prover.js'
export type { ProofRefusal, ProvenRequest } from './dpop/rules.js'
export type { PoolOptions } from './engine/engine.js'
export type { RemoteKeysOptions } from './fetched-keys.js'
export { type IssueJwtOptions, issueJwt } from './issue.js'
export type { ManagedKeysOptions } from './key-context.js'
export type { KeyInfo } from './key-view.js'
export { type ManagedKeys, managedKeys } from './managed-keys.js'
export { remoteKeys } from './remote-keys.js'
export type { RevokeKeyInput } from './revoke-key.js'
export type { Stage } from './stage.js'
export { type KeySource, type Signer, type StaticKeysOptions, staticKeys } from './static-keys.js'
export { thumbprint } from './thumbprint.js'
export type {
  Claims,
  JwtRefusal,
  NoKey,
  PrincipalClaim,
  PrivateJwk,
  PublicJwk,
  SigningKey,
  SigningKeys,
  VerificationKey,
  VerificationKeys,
} from './types.js'
export { createJwtVerifier, type JwtVerifier, type JwtVerifierOptions, type VerifiedJwt, verifyJwt } from './verify.js'
