import type { Json, JsonObject } from '../../core/json.js'
import { publicUrl } from '../../core/public-url.js'
import { flag, listOf, oneOf, text } from '../../core/shape.js'
import { checkText } from '../../core/text.js'
import type { Context } from '../context.js'
import { protocolScopes } from '../openid/scopes.js'
import { Refusal } from '../refusal.js'
import { AUTH_METHODS, type ClientMetadata, GRANT_TYPES, type GrantType } from './metadata.js'
import { clientKeys } from './rules/keys.js'
import { isClientName } from './rules/name.js'
import { redirectKind, redirectUris } from './rules/redirect-uris.js'

/** Metadata as it came: of a registration (RFC 7591), of a document, or made from what the host gave. */
export type GivenMetadata = Readonly<Record<string, Json | undefined>>

/** Who says so: the host may let a client act for itself, anybody else may not. */
export interface Ground {
  readonly byHost: boolean
}

const isPage = (value: unknown): boolean => publicUrl(value) !== undefined
const isShort = (value: unknown): boolean => {
  try {
    return checkText(value, { label: '', code: 'invalid_input', max: 255 }) !== ''
  } catch {
    return false
  }
}
const isRedirectList = (value: unknown): boolean => redirectUris(value) !== undefined

/**
 * What each member has to be, where it is there. What is not here is not kept, whatever it says: a `software_statement` among it, which is
 * neither believed nor returned (RFC 7591 section 3.1.1 leaves a server free to ignore it), so that what counts is what stands beside it.
 */
const MEMBERS: { readonly [member: string]: (value: Json) => boolean } = {
  redirect_uris: isRedirectList,
  token_endpoint_auth_method: oneOf(...AUTH_METHODS),
  token_endpoint_auth_signing_alg: (value) => value === 'ES256',
  grant_types: listOf(text),
  response_types: listOf(text),
  application_type: oneOf('web', 'native'),
  client_name: isClientName,
  client_uri: isPage,
  logo_uri: isPage,
  tos_uri: isPage,
  policy_uri: isPage,
  jwks_uri: isPage,
  post_logout_redirect_uris: isRedirectList,
  scope: text,
  dpop_bound_access_tokens: flag,
  require_pushed_authorization_requests: flag,
  software_id: isShort,
  software_version: isShort,
}

/** Kept as they come. */
const COPIED = [
  'client_name',
  'client_uri',
  'logo_uri',
  'tos_uri',
  'policy_uri',
  'jwks_uri',
  'dpop_bound_access_tokens',
  'require_pushed_authorization_requests',
  'software_id',
  'software_version',
] as const

const refuse = (detail: string) => new Refusal('client_metadata_invalid', { detail })

/**
 * The metadata of a client, checked, with what it leaves out filled in (RFC 7591 section 2) and without what this server does not have:
 * other grant types, other response types, scopes that nobody knows. Throws a `Refusal`.
 */
export async function readMetadata(
  context: Context,
  given: GivenMetadata,
  { byHost }: Ground,
): Promise<ClientMetadata> {
  const stated = Object.entries(given).filter((entry): entry is [string, Json] => entry[1] != null)
  for (const [member, value] of stated) checkMember(member, value)
  const has = Object.fromEntries(stated) as JsonObject
  const redirect_uris = redirectUris(has.redirect_uris ?? []) ?? []
  const grant_types = grantTypesOf(has, byHost)
  const keys = has.jwks === undefined ? undefined : await clientKeys(has.jwks)
  if (has.jwks !== undefined && keys === undefined) throw refuse('jwks')
  const scope = scopeOf(context, has.scope)
  const metadata: ClientMetadata = {
    redirect_uris,
    token_endpoint_auth_method: (has.token_endpoint_auth_method ??
      'client_secret_basic') as ClientMetadata['token_endpoint_auth_method'],
    grant_types,
    response_types: responseTypesOf(has, grant_types),
    application_type: applicationType(has, redirect_uris),
    ...Object.fromEntries(COPIED.flatMap((member) => (has[member] === undefined ? [] : [[member, has[member]]]))),
    ...(scope !== undefined && { scope }),
    ...(keys !== undefined && { jwks: keys }),
  }
  for (const [detail, holds] of TOGETHER) if (!holds(metadata)) throw refuse(detail)
  if (metadata.redirect_uris.length === 0 && grant_types.includes('authorization_code')) {
    throw new Refusal('redirect_uri_invalid', { detail: 'none' })
  }
  return metadata
}

/** In other languages (`client_name#ja`) a member is what it is (RFC 7591 section 2.2), but is not kept. */
function checkMember(member: string, value: Json): void {
  const base = member.split('#', 1)[0] ?? ''
  const isFine = Object.hasOwn(MEMBERS, base) ? MEMBERS[base]?.(value) !== false : true
  if (isFine) return
  throw base === 'redirect_uris' ? new Refusal('redirect_uri_invalid') : refuse(base)
}

/** What has to hold of several members together. */
const TOGETHER: readonly (readonly [string, (metadata: ClientMetadata) => boolean])[] = [
  ['jwks and jwks_uri', ({ jwks, jwks_uri }) => jwks === undefined || jwks_uri === undefined],
  [
    'private_key_jwt without keys',
    ({ token_endpoint_auth_method, jwks, jwks_uri }) =>
      token_endpoint_auth_method !== 'private_key_jwt' || jwks !== undefined || jwks_uri !== undefined,
  ],
  ['grant_types', ({ grant_types }) => grant_types.some((type) => type !== 'refresh_token')],
  [
    'client_credentials of a public client',
    ({ grant_types, token_endpoint_auth_method }) =>
      token_endpoint_auth_method !== 'none' || !grant_types.includes('client_credentials'),
  ],
  [
    'response_types',
    ({ grant_types, response_types }) => !grant_types.includes('authorization_code') || response_types.includes('code'),
  ],
  [
    'application_type',
    ({ application_type, redirect_uris }) =>
      application_type === 'native' || redirect_uris.every((uri) => redirectKind(uri) !== 'private'),
  ],
]

/** A client that came by itself has nothing of its own to act on: it acts for users. */
function grantTypesOf(has: JsonObject, byHost: boolean): readonly GrantType[] {
  const asked = (has.grant_types ?? ['authorization_code']) as readonly string[]
  const known: readonly string[] = GRANT_TYPES
  const offered = [...new Set(asked)].filter((type) => known.includes(type)) as GrantType[]
  return offered.filter((type) => byHost || type !== 'client_credentials')
}

const responseTypesOf = (has: JsonObject, grantTypes: readonly GrantType[]): readonly string[] => {
  const asked = (has.response_types ?? ['code']) as readonly string[]
  return grantTypes.includes('authorization_code') ? asked.filter((type) => type === 'code').slice(0, 1) : []
}

/** Where it does not say, its redirect URIs do: the ports of a native client's loopback addresses may change. */
const applicationType = (has: JsonObject, uris: readonly string[]): 'web' | 'native' =>
  (has.application_type as 'web' | 'native' | undefined) ??
  (uris.some((uri) => redirectKind(uri) !== 'web') ? 'native' : 'web')

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/
const LONGEST_SCOPE = 4096

/** The most that it may ask for: of the scopes it names, those that are known. */
function scopeOf(context: Context, scope: Json | undefined): string | undefined {
  if (typeof scope !== 'string') return undefined
  if (scope === '') return ''
  if (scope.length > LONGEST_SCOPE || !SCOPE.test(scope)) throw refuse('scope')
  const known = new Set<string>([...context.catalogue.names, ...protocolScopes(context)])
  const kept = [...new Set(scope.split(' '))].filter((name) => known.has(name))
  if (kept.length === 0) throw refuse('no scope is known')
  return kept.join(' ')
}
