import { TokenloopError } from '../../core/errors.js'
import { copyJson, type JsonObject } from '../../core/json.js'
import { flag, having, jsonObject, listOf, name, oneOf, optional, text } from '../../core/shape.js'

export const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const

/** How a client authenticates at the token endpoint (RFC 7591 section 2); `none` for one that cannot keep a secret. */
export type AuthMethod = (typeof AUTH_METHODS)[number]

export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials', DEVICE_CODE] as const

/** How a client comes by tokens (RFC 7591 section 2, RFC 8628 section 3.4). */
export type GrantType = (typeof GRANT_TYPES)[number]

/** The metadata of a client (RFC 7591 section 2), checked when it was registered. */
export interface ClientMetadata {
  readonly redirect_uris: readonly string[]
  readonly token_endpoint_auth_method: AuthMethod
  readonly grant_types: readonly GrantType[]
  readonly response_types: readonly string[]
  readonly application_type: 'web' | 'native'
  readonly client_name?: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly tos_uri?: string
  readonly policy_uri?: string
  /** The most that it may ask for (RFC 6749 section 3.3). */
  readonly scope?: string
  readonly jwks?: JsonObject
  readonly jwks_uri?: string
  /** It asks for tokens that are bound to a key, always (RFC 9449 section 5.2). */
  readonly dpop_bound_access_tokens?: boolean
  /** It pushes its authorization requests, always (RFC 9126 section 6). */
  readonly require_pushed_authorization_requests?: boolean
  readonly software_id?: string
  readonly software_version?: string
}

const isMetadata = having<ClientMetadata>({
  redirect_uris: listOf(name),
  token_endpoint_auth_method: oneOf(...AUTH_METHODS),
  grant_types: listOf(oneOf(...GRANT_TYPES)),
  response_types: listOf(name),
  application_type: oneOf('web', 'native'),
  client_name: optional(text),
  client_uri: optional(text),
  logo_uri: optional(text),
  tos_uri: optional(text),
  policy_uri: optional(text),
  scope: optional(text),
  jwks: optional(jsonObject),
  jwks_uri: optional(text),
  dpop_bound_access_tokens: optional(flag),
  require_pushed_authorization_requests: optional(flag),
  software_id: optional(text),
  software_version: optional(text),
})

/** The metadata of a record; `undefined` where a row was edited into something that is none. */
export const metadataOf = (stored: JsonObject): ClientMetadata | undefined => {
  const value: unknown = stored
  return isMetadata(value) ? value : undefined
}

const DEEPEST = 8

/** The metadata as a record keeps it. Throws `invalid_input` for what is no JSON. */
export const storedMetadata = (metadata: ClientMetadata): JsonObject =>
  copyJson(metadata, DEEPEST, (why) => new TokenloopError('invalid_input', `client metadata ${why}`)) as JsonObject
