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
