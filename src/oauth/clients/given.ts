import { TokenloopError } from '../../core/errors.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import { type ClientMetadata, GRANT_TYPES } from './metadata.js'
import { readMetadata } from './read-metadata.js'
import type { CreateClientInput } from './types.js'

/** The names of RFC 7591 for what a host gives. */
const NAMES = {
  name: 'client_name',
  redirectUris: 'redirect_uris',
  grantTypes: 'grant_types',
  authMethod: 'token_endpoint_auth_method',
  applicationType: 'application_type',
  uri: 'client_uri',
  logoUri: 'logo_uri',
  policyUri: 'policy_uri',
  termsUri: 'tos_uri',
  jwks: 'jwks',
  jwksUri: 'jwks_uri',
  dpopBound: 'dpop_bound_access_tokens',
} as const

/** What a host may say of a client in metadata. */
export type Given = Partial<Pick<CreateClientInput, keyof typeof NAMES | 'scopes'>>

/** What was given, by the names of RFC 7591. */
export const namedByStandard = (given: Given) => ({
  ...Object.fromEntries(
    Object.entries(NAMES).flatMap(([name, member]) => {
      const value = given[name as keyof typeof NAMES]
      return value === undefined ? [] : [[member, value]]
    }),
  ),
  ...(given.scopes !== undefined && { scope: given.scopes.join(' ') }),
})

/**
 * The metadata of a client that a host registers, by the same rules as that of any other. Throws `invalid_input`, which names the member
 * that is wrong.
 */
export async function givenBy(context: Context, given: Given): Promise<ClientMetadata> {
  const types: readonly unknown[] = Array.isArray(given.grantTypes) ? given.grantTypes : []
  if (!types.every((type) => GRANT_TYPES.some((known) => known === type))) {
    throw new TokenloopError('invalid_input', 'the client metadata has a grant type that there is not')
  }
  return asInput(readMetadata(context, namedByStandard(given), { byHost: true }))
}

/** What a rule refuses is the host's mistake here. */
export async function asInput<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const what = error.rule === 'redirect_uri_invalid' ? 'redirect_uris' : error.detail
    throw new TokenloopError('invalid_input', `the client metadata cannot be registered: ${what}`)
  }
}
