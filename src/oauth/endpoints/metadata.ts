import { AUTH_METHODS } from '../clients/metadata.js'
import { type Context, urlOf } from '../context.js'
import { GRANTS } from './token.js'

/** The metadata of the server (RFC 8414 section 2), made from the tables that the handlers use. */
export function serverMetadata(context: Context): Readonly<Record<string, unknown>> {
  const { issuer, catalogue } = context
  return {
    issuer,
    authorization_endpoint: urlOf(context, 'authorize'),
    token_endpoint: urlOf(context, 'token'),
    jwks_uri: urlOf(context, 'jwks'),
    ...(context.registration !== undefined && { registration_endpoint: urlOf(context, 'register') }),
    scopes_supported: catalogue.names,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: Object.keys(GRANTS),
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    dpop_signing_alg_values_supported: ['ES256'],
  }
}
