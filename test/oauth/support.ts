import { createPkce, defineCatalogue, memoryStore, system, type TokenStore } from 'tokenloop'
import { staticKeys } from 'tokenloop/jwt'
import { type AuthorizationServerOptions, createAuthorizationServer, type Login, type Peer } from 'tokenloop/oauth'
import { createClock, type TestClock } from 'tokenloop/testing'
import { credentialParser, OAUTH, withVerifier } from '../../src/core/credential.js'
import type { Event } from '../../src/core/event.js'
import { generateKey } from '../../src/jwt/jwk.js'
import { carried, direct, type FlowTransport } from './transports.js'

export { flowTransports } from './transports.js'

export const ISSUER = 'https://as.test'
export const RESOURCE = 'https://rs.test/mcp'
export const CALLBACK = 'https://client.test/cb'
const KEY = await generateKey()

export const catalogue = defineCatalogue(
  {
    read: { description: 'Read things' },
    write: { description: 'Write things', implies: ['read'] },
    admin: { description: 'Manage things' },
  },
  { roles: { Reader: ['read'] } },
)

/** What a world is made with, where it is not as usual. */
export interface WorldOptions extends Partial<AuthorizationServerOptions> {
  readonly clock?: TestClock
  /** Comes between the server and its store. */
  readonly wrap?: (store: TokenStore) => TokenStore
  /** How requests reach the server: handed over as they are, unless a flow says otherwise. */
  readonly over?: FlowTransport
}

type Fields = Readonly<Record<string, string | readonly string[] | undefined>>

const formBody = (fields: Fields): URLSearchParams => {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const one of value === undefined ? [] : [value].flat()) body.append(name, one)
  }
  return body
}

/** An answer of the token endpoint and its like. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** An authorization server with its store, its clock and a user's browser. */
export async function world({
  clock = createClock(),
  wrap = (store) => store,
  over = direct,
  ...options
}: WorldOptions = {}) {
  const bare = options.store ?? memoryStore({ clock })
  const store = wrap(bare)
  const keys = await staticKeys({ sign: KEY, clock })
  const events: Event[] = []
  const made = createAuthorizationServer({
    issuer: ISSUER,
    catalogue,
    keys,
    resources: [{ id: RESOURCE }],
    onEvent: (event) => events.push(event),
    ...options,
    store,
  })
  const auth = carried(made, over)
  const alice: Login = { session: 's_1', subject: 'alice', authTime: clock.now() }

  /** Posts a form to an endpoint. */
  const post = async (
    path: string,
    fields: Fields,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> => {
    const init = { method: 'POST', headers, body: formBody(fields) }
    const response = await auth.handle(new Request(ISSUER + path, init))
    if (response === undefined) throw new Error(`nothing answers at ${path}`)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
  }

  /** Any request to an endpoint; fails where nothing answers. */
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await auth.handle(new Request(`${options.issuer ?? ISSUER}${path}`, init))
    if (response === undefined) throw new Error(`nothing answers at ${path}`)
    return response
  }

  /** Sends a request that has no form: with JSON in its body, or a text as it is, or nothing. */
  const send = async (
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Readonly<Record<string, string>> } = {},
    from: Peer = {},
  ): Promise<Answer> => {
    const init = {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }
    const response = await auth.handle(new Request(new URL(path, ISSUER), init), from)
    if (response === undefined) throw new Error(`nothing answers at ${path}`)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
  }

  /** Registers a client (RFC 7591). */
  const register = (metadata: unknown, headers: Readonly<Record<string, string>> = {}, from: Peer = {}) =>
    send('POST', '/oauth/register', { body: metadata, headers }, from)

  /** An authorization request of a public client with PKCE, and its verifier. */
  const asking = (client: string, fields: Fields = {}) => {
    const pkce = createPkce()
    const query = formBody({
      response_type: 'code',
      client_id: client,
      redirect_uri: CALLBACK,
      code_challenge: pkce.challenge,
      code_challenge_method: 'S256',
      state: 'xyz',
      ...fields,
    })
    return { request: new Request(`${ISSUER}/oauth/authorize?${query}`), verifier: pkce.verifier }
  }

  /** Where a browser is led in the end: alice is signed in, and consents to all that is asked. */
  const authorize = async (client: string, fields: Fields = {}, login: Login = alice) => {
    const { request, verifier } = asking(client, fields)
    const ask = await auth.begin(request, login)
    if (ask.kind !== 'consent')
      return { ask, verifier, location: locationOf(ask.kind === 'redirect' ? ask.response : undefined) }
    const browser = { session: login.session ?? '', subject: login.subject ?? '' }
    const decided = await auth.decide(ask.handle, { ...browser, approve: true })
    return { ask, verifier, location: locationOf(decided.response) }
  }

  /** The code of a consent, with its verifier. */
  const codeFor = async (client: string, fields: Fields = {}, login: Login = alice) => {
    const { location, verifier } = await authorize(client, fields, login)
    return { code: location?.searchParams.get('code') ?? '', verifier }
  }

  /** Redeems a new code. */
  const connect = async (client: string, fields: Fields = {}, login: Login = alice) => {
    const { code, verifier } = await codeFor(client, fields, login)
    const redemption = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
    return post('/oauth/token', redemption)
  }

  /** A public client with a redirect URI on the web. */
  const publicClient = async () =>
    (await auth.clients.create({ by: system, name: 'Acme CLI', redirectUris: [CALLBACK] })).client.id
  /** A confidential one, with its secret for HTTP Basic. */
  const confidentialClient = async () => {
    const made = await auth.clients.create({ by: system, redirectUris: [CALLBACK], authMethod: 'client_secret_basic' })
    const secret = made.secret?.reveal() ?? ''
    return { id: made.client.id, secret, basic: { authorization: `Basic ${btoa(`${made.client.id}:${secret}`)}` } }
  }

  /** A native client, on loopback by default. */
  const nativeClient = async (...redirectUris: readonly string[]) =>
    (
      await auth.clients.create({
        by: system,
        name: 'Acme CLI',
        redirectUris: redirectUris.length > 0 ? redirectUris : ['http://127.0.0.1/cb'],
        applicationType: 'native',
      })
    ).client.id
  /** A public client as if it had registered itself. */
  const selfRegistered = async () => {
    const id = await publicClient()
    const { record, version } = await bare.get('client', id)
    if (record === undefined) throw new Error('no client')
    await bare.write('client', id, version, { ...record, origin: 'dynamic' })
    return id
  }

  return {
    auth,
    call,
    nativeClient,
    selfRegistered,
    bare,
    store,
    keys,
    clock,
    events,
    alice,
    post,
    send,
    register,
    asking,
    authorize,
    codeFor,
    connect,
    publicClient,
    confidentialClient,
  }
}

/** A refresh token with the locator of another one, right in form: what somebody makes who knows no more of it. */
export function forged(refreshToken: string): string {
  const parsed = credentialParser(OAUTH.refresh, ['rt'])(refreshToken)
  if (parsed === undefined) throw new Error('no refresh token')
  return withVerifier(OAUTH.refresh, parsed.id).text
}

/** The address that a response leads to. */
export function locationOf(response: Response | undefined): URL | undefined {
  const location = response?.headers.get('location')
  return location ? new URL(location) : undefined
}

export type World = Awaited<ReturnType<typeof world>>
