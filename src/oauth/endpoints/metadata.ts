import { PROMPTS } from '../checks/prompt.js'
import { AUTH_METHODS } from '../clients/metadata.js'
import { type Context, urlOf } from '../context.js'
import type { OpenIdOptions } from '../openid/options.js'
import { protocolScopes } from '../openid/scopes.js'
import { servedEndpoints } from './table.js'
import { GRANTS } from './token.js'

/** What verifies a signature here: ES256, and nothing else. */
const ALGORITHMS = ['ES256']

/**
 * The metadata of the server (RFC 8414 section 2, OpenID Connect Discovery section 3), made from the tables that the handlers use.
 */
export function serverMetadata(context: Context): Readonly<Record<string, unknown>> {
  const { issuer, catalogue, keys, resources, openid } = context
  const endpoints = servedEndpoints(context).flatMap(([name, { metadata }]) =>
    metadata === undefined ? [] : [[metadata, urlOf(context, name)]],
  )
  return {
    issuer,
    authorization_endpoint: urlOf(context, 'authorize'),
    ...Object.fromEntries(endpoints),
    scopes_supported: [...new Set([...catalogue.names, ...protocolScopes(context)])],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: Object.keys(GRANTS),
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
    revocation_endpoint_auth_methods_supported: AUTH_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
    introspection_endpoint_auth_methods_supported: AUTH_METHODS.filter((method) => method !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    dpop_signing_alg_values_supported: ALGORITHMS,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    claims_parameter_supported: false,
    require_pushed_authorization_requests: context.requirePushedRequests,
    client_id_metadata_document_supported: context.documents !== undefined,
    protected_resources: [...resources.keys()],
    ...(keys !== undefined && DEMANDED),
    ...(openid !== undefined && openIdMetadata(openid)),
  }
}

/** What OpenID Connect Discovery section 3 demands. Its readers refuse a document without, also where they want no ID tokens. */
const DEMANDED = { subject_types_supported: ['public'], id_token_signing_alg_values_supported: ALGORITHMS }

/** What it adds. */
const openIdMetadata = ({ claimsSupported = [], acrValues = [] }: OpenIdOptions) => ({
  claims_supported: [...new Set(['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'acr', 'nonce', ...claimsSupported])],
  ...(acrValues.length > 0 && { acr_values_supported: acrValues }),
  prompt_values_supported: PROMPTS,
})

/** The metadata of a resource on the server's own origin (RFC 9728 section 2). */
export function resourceMetadata({ issuer, resources }: Context, id: string): Readonly<Record<string, unknown>> {
  return {
    resource: id,
    authorization_servers: [issuer],
    scopes_supported: resources.get(id)?.scopes ?? [],
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: ALGORITHMS,
  }
}
