import { checkChallenge } from '../checks/pkce.js'
import { isRegistered } from '../checks/redirect-uri.js'
import { resourcesIn } from '../checks/resource.js'
import { checkResponseType } from '../checks/response-type.js'
import { scopesIn } from '../checks/scope.js'
import type { Client } from '../clients/client.js'
import { findActiveClient } from '../clients/find.js'
import type { Context } from '../context.js'
import type { Parameters } from '../parameters.js'
import { demand, Refusal } from '../refusal.js'

/** Where answers go: only what has been validated is one. */
export interface Target {
  readonly client: Client
  readonly redirectUri: string
  readonly state: string | undefined
}

/** A valid authorization request (OAuth 2.1 section 4.1.1). */
export interface AuthorizationRequest extends Target {
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly challenge: string
  readonly nonce: string | undefined
  /** The thumbprint of the key that the code is for (RFC 9449 section 10). */
  readonly boundTo: string | undefined
}

/** The longest parameter, in characters. */
const LONGEST = 4096

/** The client and the validated redirect URI. Throws a `Refusal`, which must not be redirected. */
export async function targetOf(context: Context, parameters: Parameters): Promise<Target> {
  for (const name of ['client_id', 'redirect_uri'])
    if (parameters.repeats(name)) throw new Refusal('parameter_repeated')
  const client = await findActiveClient(context, parameters.get('client_id'))
  const { redirect_uris, application_type, grant_types } = client.metadata
  const asked = parameters.get('redirect_uri')
  if (!grant_types.includes('authorization_code')) throw new Refusal('client_not_allowed', { detail: client.id })
  if (asked === undefined && redirect_uris.length !== 1) throw new Refusal('redirect_uri_missing')
  const redirectUri = asked ?? (redirect_uris[0] as string)
  if (redirectUri.length > LONGEST || !isRegistered(redirectUri, redirect_uris, application_type)) {
    throw new Refusal('redirect_uri_mismatch', { detail: client.id })
  }
  const state = parameters.repeats('state') ? undefined : parameters.get('state')
  return { client, redirectUri, state: state !== undefined && state.length <= LONGEST ? state : undefined }
}

/** Everything else of the request. Throws a `Refusal`, which is redirected to the target. */
export function requestOf(context: Context, parameters: Parameters, target: Target): AuthorizationRequest {
  if (parameters.repeats()) throw new Refusal('parameter_repeated')
  if (parameters.names.some((name) => parameters.all(name).some((value) => value.length > LONGEST))) {
    throw new Refusal('parameter_too_long')
  }
  demand(checkResponseType(parameters))
  demand(checkChallenge(parameters))
  const resources = resourcesIn(parameters.all('resource'), context.resources, undefined)
  const scopes = scopesIn({
    asked: parameters.get('scope'),
    resources,
    ofClient: target.client.metadata.scope?.split(' '),
    protocol: [],
  })
  return {
    ...target,
    scopes,
    resources: resources.map(({ id }) => id),
    challenge: parameters.get('code_challenge') as string,
    nonce: parameters.get('nonce'),
    boundTo: parameters.get('dpop_jkt'),
  }
}
