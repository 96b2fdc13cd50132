export type { VerifyJwtOptions } from './check.js'
export type { BindingClaim } from './claim-rules.js'
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
