import { TokenloopError } from '../../core/errors.js'
import { optionsOf } from '../../core/options.js'

/** What claims about a user are for. */
export interface ClaimsRequest {
  /** The scopes that the user allowed: `profile`, `email` and the host's own. */
  readonly scopes: readonly string[]
  /** The id of the client that asks. */
  readonly client: string
  readonly tenant: string | null
}

/** OpenID Connect on the host's own users. */
export interface OpenIdOptions {
  /**
   * The claims about a user (OpenID Connect Core section 5.1) for the userinfo endpoint: those that the scopes allow. `sub` is set by
   * the server. One that fails, takes longer than 5 seconds or answers something else leads to an error, never to an answer without it;
   * `undefined` says that there is no such user, and refuses the token.
   */
  readonly claims: (
    subject: string,
    request: ClaimsRequest,
  ) => Readonly<Record<string, unknown>> | undefined | Promise<Readonly<Record<string, unknown>> | undefined>
  /** The names of the claims that the metadata announces (`claims_supported`). */
  readonly claimsSupported?: readonly string[]
  /** The values of `acr` that the host's login knows (`acr_values_supported`). */
  readonly acrValues?: readonly string[]
}

const OPTIONS = optionsOf<OpenIdOptions>('openid', { claims: true, claimsSupported: true, acrValues: true })

/** The options, read once. Throws `invalid_option`. */
export function openIdOf(given: OpenIdOptions | undefined): OpenIdOptions | undefined {
  if (given === undefined) return undefined
  OPTIONS.check(given)
  const { claims, claimsSupported = [], acrValues = [] } = given
  if (typeof claims !== 'function') throw new TokenloopError('invalid_option', '`openid.claims` is a function')
  for (const list of [claimsSupported, acrValues]) {
    if (!Array.isArray(list) || !list.every((name) => typeof name === 'string' && name !== '')) {
      throw new TokenloopError('invalid_option', '`openid.claimsSupported` and `openid.acrValues` are lists of names')
    }
  }
  return { claims, claimsSupported: [...claimsSupported], acrValues: [...acrValues] }
}
