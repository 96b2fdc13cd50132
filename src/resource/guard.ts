import type { Catalogue } from '../core/catalogue.js'
import { TokenloopError } from '../core/errors.js'
import { checkPart, optionsOf } from '../core/options.js'
import type { Freshness, Principal, PrincipalKind } from '../core/principal.js'
import type { Acceptance, Acceptor, Carrier, Demand, GuardRequest } from './accept.js'
import type { GuardReason } from './answers.js'
import { bindingOf, type JudgeBinding } from './binding.js'
import { type Carried, findCredential } from './credentials.js'
import { type Denied, deny, nonceHeader, type Refusal, type Refused, standardBody } from './deny.js'
import { formCarriesToken } from './form.js'
import { metadataUrl, type ResourceMetadata } from './metadata.js'
import { rateLimitHeaders } from './rate-limit.js'
import { isSignedIn, readStepUp, type StepUp, type StepUpInput } from './step-up.js'

/** The options of `createGuard`. */
export interface GuardOptions<
  Scope extends string = string,
  Role extends string = string,
  Kind extends PrincipalKind = PrincipalKind,
> {
  /** The identifier of the API (RFC 8707), such as `https://api.acme.dev`. It is the realm of the challenges. */
  readonly resource: string
  readonly catalogue: Catalogue<Scope, Role>
  /** The kinds of credentials that are taken, each from its places. */
  readonly accept: readonly Acceptor<Kind>[]
  /** The body of a refusal, as JSON; by default `{ error, error_description }`. It is the same for every unusable token. */
  readonly body?: (refusal: Refusal) => unknown
}

const OPTIONS = optionsOf<GuardOptions>('createGuard', { resource: true, catalogue: true, accept: true, body: true })

export interface CheckInput extends StepUpInput {
  /** Where the request came from, as a proxy that the host trusts says; never read from the request. */
  readonly ip?: string | undefined
  /** What the call costs of the token's limits; 1 by default. */
  readonly cost?: number | { readonly [limit: string]: number }
}

const CHECK = optionsOf<CheckInput>('check', { ip: true, cost: true, acr: true, maxAge: true })

/** The outcome of a check. */
export type Access<Scope extends string = string, Kind extends PrincipalKind = PrincipalKind> =
  | {
      readonly ok: true
      readonly principal: Principal<Scope, Kind>
      /** How old what it was checked against may be. */
      readonly freshness: Freshness
      /** For the answer to the caller: how the token's limits stand. */
      readonly headers: Readonly<Record<string, string>>
    }
  | Denied

/** What `createGuard` makes. */
export interface Guard<Scope extends string = string, Kind extends PrincipalKind = PrincipalKind> {
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
  check(request: GuardRequest, scopes?: Scope | readonly Scope[], input?: CheckInput): Promise<Access<Scope, Kind>>
  /** The document to publish at `metadataUrl(resource)` (RFC 9728), by which clients find the authorization server. */
  metadata(): ResourceMetadata
}

/**
 * Makes the guard of an API: it finds the one credential of a request, checks it, and knows the answer of RFC 6750 to those that
 * do not pass: 401, 403, 429 and 503 kept apart. Throws `invalid_option`.
 *
 * @example
 * const guard = createGuard({ resource: 'https://api.acme.dev', catalogue, accept: [apiTokens(tokens, { from: ['x-api-key'] })] })
 */
export function createGuard<Scope extends string, Role extends string, Kind extends PrincipalKind>(
  options: GuardOptions<Scope, Role, Kind>,
): Guard<Scope, Kind> {
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

  const takers = accept.map((acceptor) => ({ acceptor, judgeBinding: bindingOf(acceptor.dpop, resource) }))
  const needsTarget = accept.some(({ dpop }) => dpop !== undefined)
  const issuers = [...new Set(accept.flatMap(({ issuer }) => issuer ?? []))]
  const document: ResourceMetadata = Object.freeze({
    resource,
    ...(issuers.length > 0 && { authorization_servers: Object.freeze(issuers) }),
    scopes_supported: catalogue.names,
    bearer_methods_supported: Object.freeze(places.includes('bearer') ? (['header'] as const) : []),
  })
  // Without an authorization server there is nothing to be found there.
  const metadata = issuers.length > 0 ? metadataUrl(resource)?.href : undefined

  const decide = async (
    carried: Carried,
    demand: Asked,
    stepUp: StepUp | undefined,
  ): Promise<Passed<Kind> | Refused> => {
    const { request } = demand
    if (carried.kind === 'none') return { ok: false, reason: 'missing' }
    if (carried.kind === 'malformed' || (await formCarriesToken(request))) return { ok: false, reason: 'ambiguous' }
    const { text, carriers } = carried
    const said = await present(takers, carried, { ...demand, carriers })
    if (!said.ok) return said
    const { principal, signIn, judgeBinding } = said
    if (stepUp !== undefined && !isSignedIn(stepUp, signIn)) return { ok: false, reason: 'insufficient_authentication' }
    const boundTo = principal.kind === 'token' ? null : principal.boundTo
    const bound = await judgeBinding({ text, carriers, request, boundTo })
    if (!bound.ok) return bound
    said.passed?.()
    return { ...said, nonce: bound.nonce }
  }

  const check = async (
    request: GuardRequest,
    scopes: Scope | readonly Scope[] = [],
    input: CheckInput = {},
  ): Promise<Access<Scope, Kind>> => {
    CHECK.check(input)
    if (typeof request?.headers?.get !== 'function') {
      throw new TokenloopError('invalid_input', 'a guard checks a Request, or what has `headers.get(name)` as one has')
    }
    if (needsTarget && (typeof request.method !== 'string' || typeof request.url !== 'string')) {
      throw new TokenloopError('invalid_input', 'a proof is for a method and a URL: the request has neither')
    }
    // A scope that went missing on its way must not pass for needing none.
    if (typeof scopes !== 'string' && !Array.isArray(scopes)) {
      throw new TokenloopError('invalid_input', 'the scopes that are needed are a scope or a list')
    }
    const needed = [...new Set(typeof scopes === 'string' ? [scopes] : scopes)]
    for (const scope of needed) catalogue.describe(scope)
    const { ip, cost } = input
    const stepUp = readStepUp(input)
    const carried = findCredential(request, places)
    const asked = { resource, catalogue, scopes: needed, ip, cost, stepUp: stepUp !== undefined, request }
    const outcome = await decide(carried, asked, stepUp)
    if (!outcome.ok) {
      const carriers = carried.kind === 'one' ? carried.carriers : []
      return deny(outcome, { realm: resource, places, carriers, metadata, needed, stepUp, body })
    }
    const { principal, freshness, limits, nonce } = outcome
    const headers = { ...rateLimitHeaders(limits), ...nonceHeader(nonce) }
    return { ok: true, principal: principal as Principal<Scope, Kind>, freshness, headers }
  }

  return Object.freeze({ resource, check, metadata: () => document })
}

/** An absolute URI without a fragment (RFC 8707 section 2), of what may stand in a header field. */
const IDENTIFIER = /^[\x21\x22\x24-\x7e]+$/

/** A demand before the credential was found. */
type Asked = Omit<Demand, 'carriers'>

/** An acceptor, with how the tokens that it accepts are held to their keys. */
interface Taker<Kind extends PrincipalKind> {
  readonly acceptor: Acceptor<Kind>
  readonly judgeBinding: JudgeBinding
}

type Accepted<Kind extends PrincipalKind> = Extract<Acceptance<Kind>, { ok: true }>
/** A request that passes. */
type Passed<Kind extends PrincipalKind> = Accepted<Kind> & { readonly nonce: string | undefined }

/** What an acceptor says of a credential that is none of its own. */
const NOT_MINE: ReadonlySet<GuardReason> = new Set(['malformed', 'wrong_issuer'])

/** Shows a credential to the acceptors of its place, one after another, until one knows it. */
async function present<Kind extends PrincipalKind>(
  takers: readonly Taker<Kind>[],
  { text, carriers }: Extract<Carried, { kind: 'one' }>,
  demand: Demand,
): Promise<(Accepted<Kind> & Pick<Taker<Kind>, 'judgeBinding'>) | Refused> {
  let outcome: Refused = { ok: false, reason: 'malformed' }
  for (const { acceptor, judgeBinding } of takers) {
    if (!acceptor.from.some((place) => carriers.includes(place))) continue
    const said = await acceptor.check(text, demand)
    if (said.ok) return { ...said, judgeBinding }
    if (!NOT_MINE.has(said.reason)) return said
    if (outcome.reason === 'malformed') outcome = said
  }
  return outcome
}
