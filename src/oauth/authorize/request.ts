import { registeredScopes } from '../../store/grant-status.js'
import { checkAuthorizationDetails } from '../checks/authorization-details.js'
import { checkClaims } from '../checks/claims.js'
import { checkLength, LONGEST } from '../checks/length.js'
import { checkMaxAge, maxAgeIn } from '../checks/max-age.js'
import { checkChallenge } from '../checks/pkce.js'
import { checkPrompt, type Prompt, promptsIn } from '../checks/prompt.js'
import { isRegistered } from '../checks/redirect-uri.js'
import { checkRepeated } from '../checks/repeated.js'
import { checkRequestObject } from '../checks/request-object.js'
import { resourcesIn } from '../checks/resource.js'
import { checkResponseType } from '../checks/response-type.js'
import { scopesIn } from '../checks/scope.js'
import { checkThumbprint } from '../checks/thumbprint.js'
import type { Client } from '../clients/client.js'
import { findActiveClient } from '../clients/find.js'
import type { Context } from '../context.js'
import { protocolScopes } from '../openid/scopes.js'
import type { Parameters } from '../parameters.js'
import { demand, Refusal, type Rule } from '../refusal.js'

/** Where answers go: only what has been validated is one. */
export interface Target {
  readonly client: Client
  readonly redirectUri: string
  readonly state: string | undefined
}

/** What of a request the login of the user has to meet. */
export interface LoginDemand {
  readonly prompts: ReadonlySet<Prompt>
  /** Milliseconds. */
  readonly maxAge: number | undefined
  /** Ways to sign in, one of which it has to be; any where there is none. */
  readonly acrValues: readonly string[]
}

/** A valid authorization request (OAuth 2.1 section 4.1.1). */
export interface AuthorizationRequest extends Target, LoginDemand {
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly challenge: string
  readonly nonce: string | undefined
  /** The thumbprint of the key that the code is for (RFC 9449 section 10). */
  readonly boundTo: string | undefined
}

/** The rules of a request that may be answered at its redirect URI, in their order. */
const CHECKS: readonly ((parameters: Parameters) => Rule | undefined)[] = [
  checkRepeated,
  checkRequestObject,
  checkLength,
  checkResponseType,
  checkChallenge,
  checkAuthorizationDetails,
  checkPrompt,
  checkMaxAge,
  checkClaims,
  checkThumbprint,
]

/** The client and the validated redirect URI. Throws a `Refusal`, which must not be redirected. */
export async function targetOf(context: Context, parameters: Parameters): Promise<Target> {
  for (const name of ['client_id', 'redirect_uri'])
    if (parameters.repeats(name)) throw new Refusal('parameter_repeated', { detail: name })
  const client = await findActiveClient(context, parameters.get('client_id'))
  const { redirect_uris, grant_types } = client.metadata
  const asked = parameters.get('redirect_uri')
  if (!grant_types.includes('authorization_code')) throw new Refusal('client_not_allowed', { detail: client.id })
  if (asked === undefined && redirect_uris.length !== 1) throw new Refusal('redirect_uri_missing')
  const redirectUri = asked ?? (redirect_uris[0] as string)
  demandRegistered(client, redirectUri)
  const state = parameters.repeats('state') ? undefined : parameters.get('state')
  return { client, redirectUri, state: state !== undefined && state.length <= LONGEST ? state : undefined }
}

/** Throws a `Refusal`, which must not be redirected, where an address is not, or not any more, one of the client's. */
export function demandRegistered({ id, metadata }: Client, redirectUri: string): void {
  const { redirect_uris, application_type } = metadata
  if (redirectUri.length > LONGEST || !isRegistered(redirectUri, redirect_uris, application_type)) {
    throw new Refusal('redirect_uri_mismatch', { detail: id })
  }
}

/** Everything else of the request. Throws a `Refusal`, which is redirected to the target. */
export function requestOf(context: Context, parameters: Parameters, target: Target): AuthorizationRequest {
  for (const check of CHECKS) demand(check(parameters))
  const { client, redirectUri, state } = target
  const { scopes, resources } = accessIn(context, parameters, client)
  return {
    client,
    redirectUri,
    state,
    scopes,
    resources,
    prompts: promptsIn(parameters),
    maxAge: maxAgeIn(parameters),
    acrValues: parameters.get('acr_values')?.split(' ') ?? [],
    challenge: parameters.get('code_challenge') as string,
    nonce: parameters.get('nonce'),
    boundTo: parameters.get('dpop_jkt'),
  }
}

/** What a client asks for: scopes and resources that it may have. Throws a `Refusal`. */
export function accessIn(context: Context, parameters: Parameters, { metadata }: Client) {
  const resources = resourcesIn(parameters.all('resource'), context.resources, undefined)
  const scopes = scopesIn({
    asked: parameters.get('scope'),
    resources,
    ofClient: registeredScopes(metadata),
    protocol: protocolScopes(context),
  })
  return { scopes, resources: resources.map(({ id }) => id) }
}
