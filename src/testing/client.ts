import { randomBase62 } from '../core/base62.js'
import { optionsOf } from '../core/options.js'
import { createPkce } from '../core/pkce.js'
import type { Secret } from '../core/secret.js'
import { having, name, optional, positive, text } from '../core/shape.js'
import { system, type User } from '../core/subject.js'
import type { Clock } from '../core/time.js'
import { issuerAddresses } from '../core/well-known.js'
import type { Client, CreateClientInput } from '../oauth/clients/types.js'
import type { AuthorizationServer } from '../oauth/server.js'

/** The headers of a request by whoever holds a token. A type alias, for no interface goes into `HeadersInit`. */
export type BearerHeaders = {
  readonly authorization: string
}

/** The options of `createTestClient`. */
export interface TestClientOptions<Scope extends string = string, Role extends string = string> {
  /** The identifier of the authorization server. */
  readonly issuer: string
  /** When users sign in; the system's clock by default. */
  readonly clock?: Clock
  /** What the client is registered as: a public one, with a redirect URI and the code flow, by default. */
  readonly client?: Partial<CreateClientInput<Scope, Role>>
}

/** How a user is asked, and answers. */
export interface ConnectOptions<Scope extends string = string> {
  /** The API that the access token is for (RFC 8707); the server's first one by default. */
  readonly resource?: string
  /** How the user signed in (`acr`). */
  readonly acr?: string
  /** What the user says: all of it by default, these scopes alone, or `false` for no. */
  readonly allow?: boolean | readonly Scope[]
}

/** What a client got, and how it goes on. */
export interface Connection {
  readonly accessToken: string
  /** `undefined` where the client gets none. */
  readonly refreshToken: string | undefined
  /** Seconds. */
  readonly expiresIn: number
  readonly scopes: readonly string[]
  /** For requests to the API. */
  readonly headers: BearerHeaders
  /**
   * Trades the refresh token for the next connection. This one stays as it is: to refresh it again is to repeat a lost answer, and later
   * to use a stolen token. Rejects with an `OAuthTestError`.
   */
  refresh(): Promise<Connection>
  /** Hands the token back (RFC 7009): the refresh token, or the access token where there is none. Rejects with an `OAuthTestError`. */
  revoke(): Promise<void>
}

/** A client as tests drive it. */
export interface TestClient<Scope extends string = string> {
  /** As it is registered. */
  readonly client: Client
  /** Of a confidential client, which authenticates by HTTP Basic. */
  readonly secret: Secret | undefined
  /**
   * The whole code flow with PKCE: a user who is signed in, in the tenant of `user(id, { tenant })` where there is one, and consents at
   * once. Rejects with an `OAuthTestError` for what the server refuses, and where it wants the user to sign in anew.
   *
   * @example
   * const { headers } = await app.connect(user('alice'), ['issues:read'])
   */
  connect(subject: User, scopes: Scope | readonly Scope[], options?: ConnectOptions<Scope>): Promise<Connection>
  /** The client for itself (RFC 6749 section 4.4): all that it is registered for, or these scopes. Rejects with an `OAuthTestError`. */
  clientCredentials(scopes?: Scope | readonly Scope[], options?: Pick<ConnectOptions, 'resource'>): Promise<Connection>
}

/** What an authorization server refused a client, or a user on its behalf. */
export class OAuthTestError extends Error {
  override readonly name = 'OAuthTestError'
  /** The `error` of the answer, such as `invalid_grant`; of an authorization request that must not be redirected, the server's reason. */
  readonly error: string
  /** Of the answer; 302 or 303 for a redirect. */
  readonly status: number

  constructor(error: string, status: number, description = '') {
    super(description === '' ? error : `${error}: ${description}`)
    this.error = error
    this.status = status
  }
}

const OPTIONS = optionsOf<TestClientOptions>('createTestClient', { issuer: true, clock: true, client: true })
const CONNECT = optionsOf<ConnectOptions>('connect', { resource: true, acr: true, allow: true })

const CALLBACK = 'https://client.test/callback'

/**
 * Registers a client at an authorization server of the host's own, and drives it: no browser, no network. It finds the endpoints in the
 * server's metadata (RFC 8414), and looks at `state` and `iss` as a careful client does. Throws `invalid_option`.
 *
 * @example
 * const app = await createTestClient(auth, { issuer: 'https://auth.acme.dev', clock })
 * const { headers, refresh } = await app.connect(user('alice'), 'issues:read')
 */
export async function createTestClient<Scope extends string, Role extends string>(
  auth: Pick<AuthorizationServer<Scope, Role>, 'begin' | 'decide' | 'handle' | 'clients'>,
  options: TestClientOptions<Scope, Role>,
): Promise<TestClient<Scope>> {
  OPTIONS.check(options)
  const { issuer, clock = Date, client: given = {} } = options
  const actsAlone = given.grantTypes !== undefined && !given.grantTypes.includes('authorization_code')
  const usual = actsAlone ? {} : { redirectUris: [CALLBACK] }
  const { client, secret } = await auth.clients.create({ by: system, name: 'Test client', ...usual, ...given })
  const endpoints = await endpointsOf(auth, issuer)
  const redirectUri = client.redirectUris[0] ?? CALLBACK

  const post = async (url: string | undefined, fields: Fields): Promise<unknown> => {
    const sent = secret === undefined ? { ...fields, client_id: client.id } : fields
    const headers = secret === undefined ? {} : { authorization: `Basic ${btoa(`${client.id}:${secret.reveal()}`)}` }
    const response = await auth.handle(new Request(url ?? issuer, { method: 'POST', headers, body: form(sent) }))
    return bodyOf(response)
  }

  const request = async (fields: Fields): Promise<Connection> => {
    const body = await post(endpoints.token_endpoint, fields)
    if (!isTokenResponse(body)) throw new Error('the token endpoint answered no access token')
    const { access_token: accessToken, refresh_token: refreshToken, scope = '' } = body
    return Object.freeze({
      accessToken,
      refreshToken,
      expiresIn: body.expires_in,
      scopes: scope.split(' ').filter((one) => one !== ''),
      headers: { authorization: `Bearer ${accessToken}` },
      refresh: () => request({ grant_type: 'refresh_token', refresh_token: refreshToken ?? '' }),
      revoke: async () => void (await post(endpoints.revocation_endpoint, { token: refreshToken ?? accessToken })),
    })
  }

  /** Where the browser of a user is led who answers at once. */
  const authorize = async (url: URL, subject: User, { acr, allow = true }: ConnectOptions): Promise<URL> => {
    const browser = { session: `session ${subject.id}`, subject: subject.id }
    const { tenant } = subject
    const login = { ...browser, authTime: clock.now(), ...(acr && { acr }), ...(tenant && { tenant }) }
    const ask = await auth.begin(new Request(url), login)
    if (ask.kind === 'login') throw new OAuthTestError('login_required', 302, 'the user has to sign in anew')
    if (ask.kind === 'refused') throw new OAuthTestError(ask.reason, ask.status)
    if (ask.kind === 'redirect') return locationOf(ask.response)
    const scopes = Array.isArray(allow) ? { scopes: allow } : {}
    const decided = await auth.decide(ask.handle, { ...browser, approve: allow !== false, ...scopes })
    return locationOf(decided.response)
  }

  return Object.freeze({
    client,
    secret,
    async connect(subject: User, scopes: Scope | readonly Scope[], how: ConnectOptions<Scope> = {}) {
      CONNECT.check(how)
      const { verifier, challenge, method } = createPkce()
      const state = randomBase62(16)
      const resource: Fields = how.resource === undefined ? {} : { resource: how.resource }
      const url = new URL(endpoints.authorization_endpoint)
      url.search = form({
        response_type: 'code',
        client_id: client.id,
        redirect_uri: redirectUri,
        scope: [scopes].flat().join(' '),
        state,
        code_challenge: challenge,
        code_challenge_method: method,
        ...resource,
      }).toString()
      const { searchParams: answer } = await authorize(url, subject, how)
      if (answer.get('state') !== state || answer.get('iss') !== issuer)
        throw new Error('the answer is of somebody else')
      const error = answer.get('error')
      if (error !== null) throw new OAuthTestError(error, 303, answer.get('error_description') ?? '')
      const code = answer.get('code') ?? ''
      return request({ grant_type: 'authorization_code', code, code_verifier: verifier, ...resource })
    },
    clientCredentials(scopes: Scope | readonly Scope[] = [], how: Pick<ConnectOptions, 'resource'> = {}) {
      CONNECT.check(how)
      const scope = [scopes].flat().join(' ')
      return request({ grant_type: 'client_credentials', ...(scope && { scope }), ...how })
    },
  })
}

type Fields = Readonly<Record<string, string>>
const form = (fields: Fields) => new URLSearchParams(fields)

const isTokenResponse = having({
  access_token: name,
  refresh_token: optional(text),
  expires_in: positive,
  scope: optional(text),
})
const isRefusal = having({ error: name, error_description: optional(text) })
const isMetadata = having({ authorization_endpoint: name, token_endpoint: name, revocation_endpoint: optional(name) })

/** What a server says of itself (RFC 8414 section 3.1). */
async function endpointsOf({ handle }: Pick<AuthorizationServer, 'handle'>, issuer: string) {
  const [address = issuer] = issuerAddresses(new URL(issuer))
  const metadata = await bodyOf(await handle(new Request(address)))
  if (!isMetadata(metadata)) throw new Error(`there is no authorization server at ${issuer}`)
  return metadata
}

async function bodyOf(response: Response | undefined): Promise<unknown> {
  if (response === undefined) throw new Error('the server has no such endpoint')
  const text = await response.text()
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  if (response.ok) return body
  if (isRefusal(body)) throw new OAuthTestError(body.error, response.status, body.error_description)
  throw new OAuthTestError('', response.status)
}

function locationOf({ status, headers }: Response): URL {
  const location = headers.get('location')
  if (location === null) throw new OAuthTestError('', status, 'nothing leads back to the client')
  return new URL(location)
}
