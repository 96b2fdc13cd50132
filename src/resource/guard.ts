import type { Catalogue } from '../core/catalogue.js'
import { TokenloopError } from '../core/errors.js'
import { checkPart, optionsOf } from '../core/options.js'
import type { Freshness, Principal } from '../core/principal.js'
import type { Acceptance, Acceptor, Carrier, Demand } from './accept.js'
import { type Carried, findCredential, type GuardRequest } from './credentials.js'
import { type Denied, deny, type Refusal, type Refused, standardBody } from './deny.js'
import { formCarriesToken } from './form.js'
import { rateLimitHeaders } from './rate-limit.js'

/** The options of `createGuard`. */
export interface GuardOptions<Scope extends string = string, Role extends string = string> {
  /** The identifier of the API (RFC 8707), such as `https://api.acme.dev`. It is the realm of the challenges. */
  readonly resource: string
  readonly catalogue: Catalogue<Scope, Role>
  /** The kinds of credentials that are taken, each from its places. */
  readonly accept: readonly Acceptor[]
  /** The body of a refusal, as JSON; by default `{ error, error_description }`. It is the same for every unusable token. */
  readonly body?: (refusal: Refusal) => unknown
}

const OPTIONS = optionsOf<GuardOptions>('createGuard', { resource: true, catalogue: true, accept: true, body: true })

export interface CheckInput {
  /** Where the request came from, as a proxy that the host trusts says; never read from the request. */
  readonly ip?: string | undefined
  /** What the call costs of the token's limits; 1 by default. */
  readonly cost?: number | { readonly [limit: string]: number }
}

const CHECK = optionsOf<CheckInput>('check', { ip: true, cost: true })

/** The outcome of a check. */
export type Access<Scope extends string = string> =
  | {
      readonly ok: true
      readonly principal: Principal<Scope>
      /** How old what it was checked against may be. */
      readonly freshness: Freshness
      /** For the answer to the caller: how the token's limits stand. */
      readonly headers: Readonly<Record<string, string>>
    }
  | Denied

export interface Guard<Scope extends string = string> {
  /** What is protected. */
  readonly resource: string
  /**
   * Checks the credential of a request for an operation that needs these scopes. Never throws on a request; a fault of the store
   * is a 503. Throws `unknown_scope` for a scope that is not in the catalogue, `invalid_limit` for a cost that is no whole number,
   * `invalid_input` for what is no request, and `invalid_option`.
   *
   * @example
   * const access = await guard.check(request, 'issues:read', { ip })
   * if (!access.ok) return access.response
   */
  check(request: GuardRequest, scopes?: Scope | readonly Scope[], input?: CheckInput): Promise<Access<Scope>>
}

/**
 * Makes the guard of an API: it finds the one credential of a request, checks it, and knows the answer of RFC 6750 to those that
 * do not pass: 401, 403, 429 and 503 kept apart. Throws `invalid_option`.
 *
 * @example
 * const guard = createGuard({ resource: 'https://api.acme.dev', catalogue, accept: [apiTokens(tokens, { from: ['x-api-key'] })] })
 */
export function createGuard<Scope extends string, Role extends string>(
  options: GuardOptions<Scope, Role>,
): Guard<Scope> {
  OPTIONS.check(options)
  const { resource, catalogue, body = standardBody } = options
  const accept = [...(options.accept ?? [])]
  checkPart('catalogue', catalogue, 'describe')
  for (const acceptor of accept) checkPart('accept', acceptor, 'check')
  const places: readonly Carrier[] = [...new Set(accept.flatMap(({ from }) => from))]
  if (accept.length === 0) throw new TokenloopError('invalid_option', 'a guard accepts at least one kind of credential')
  if (typeof resource !== 'string' || !IDENTIFIER.test(resource) || !URL.canParse(resource)) {
    throw new TokenloopError('invalid_option', '`resource` identifies the API: a URL without a fragment')
  }

  const decide = async (request: GuardRequest, demand: Demand): Promise<Acceptance | Refused> => {
    const carried = findCredential(request, places)
    if (carried.kind === 'none') return { ok: false, reason: 'missing' }
    if (carried.kind === 'malformed' || (await formCarriesToken(request))) return { ok: false, reason: 'ambiguous' }
    return present(accept, carried, demand)
  }

  const check = async (
    request: GuardRequest,
    scopes: Scope | readonly Scope[] = [],
    input: CheckInput = {},
  ): Promise<Access<Scope>> => {
    CHECK.check(input)
    if (typeof request?.headers?.get !== 'function') {
      throw new TokenloopError('invalid_input', 'a guard checks a Request, or what has `headers.get(name)` as one has')
    }
    // A scope that went missing on its way must not pass for needing none.
    if (typeof scopes !== 'string' && !Array.isArray(scopes)) {
      throw new TokenloopError('invalid_input', 'the scopes that are needed are a scope or a list')
    }
    const needed = [...new Set(typeof scopes === 'string' ? [scopes] : scopes)]
    for (const scope of needed) catalogue.describe(scope)
    const outcome = await decide(request, { scopes: needed, ip: input.ip, cost: input.cost })
    if (!outcome.ok) return deny(outcome, { realm: resource, places, needed, body })
    const { principal, freshness, limits } = outcome
    return { ok: true, principal: principal as Principal<Scope>, freshness, headers: rateLimitHeaders(limits) }
  }

  return Object.freeze({ resource, check })
}

/** An absolute URI without a fragment (RFC 8707 section 2), of what may stand in a header field. */
const IDENTIFIER = /^[\x21\x22\x24-\x7e]+$/

/** Shows a credential to the acceptors of its place, one after another, until one knows it. */
async function present(
  accept: readonly Acceptor[],
  { text, carriers }: Extract<Carried, { kind: 'one' }>,
  demand: Demand,
): Promise<Acceptance> {
  let outcome: Acceptance = { ok: false, reason: 'malformed' }
  for (const acceptor of accept) {
    if (!acceptor.from.some((place) => carriers.includes(place))) continue
    outcome = await acceptor.check(text, demand)
    if (outcome.ok || outcome.reason !== 'malformed') return outcome
  }
  return outcome
}
