import { appendFileSync } from 'node:fs'
import { createPkce, defineCatalogue, system, type TokenStore } from 'tokenloop'
import { staticKeys } from 'tokenloop/jwt'
import { type AuthorizationServer, createAuthorizationServer } from 'tokenloop/oauth'
import { accessTokens, createGuard, jwts } from 'tokenloop/resource'
import { sqlStore } from '../../../src/store/sql/store.js'
import { type Address, type Opened, open } from '../engines.js'

/*
 * A node of an authorization server with a guard of its own, whose time the test sets, in this process or in another one.
 */

const ISSUER = 'https://as.test'
const RESOURCE = 'https://rs.test/mcp'
const CALLBACK = 'https://client.test/cb'
/** RFC 7515, appendix A.3.1. */
const KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
}
export const START = Date.UTC(2026, 0, 1)
export const catalogue = defineCatalogue({ read: { description: 'Read' }, write: { description: 'Write' } })
const alice = { session: 's_1', subject: 'alice', authTime: START }

export type Format = 'jwt' | 'opaque'
type Fields = Readonly<Record<string, string>>

/** What an endpoint answered. */
export interface Answer {
  readonly status: number
  /** Of a client that was registered. */
  readonly id?: string
  readonly error?: string
  readonly access?: string
  readonly refresh?: string
}

/** A code, with all that its client needs to redeem it. */
export interface Consented {
  readonly client: string
  readonly code: string
  readonly verifier: string
}

export interface OAuthNode {
  readonly store: TokenStore
  readonly auth: AuthorizationServer
  /** Posts a form, or JSON where it is a text. */
  post(path: string, body: Fields | string, headers?: Fields): Promise<Answer>
  token(fields: Fields, headers?: Fields): Promise<Answer>
  /** What the guard says of an access token: `ok`, or why not. */
  check(access: string): Promise<string>
  publicClient(): Promise<string>
  /** Where an authorization request leads that `alice` consents to, or consented to before. */
  arrive(query: Fields): Promise<URL | undefined>
  consent(client: string): Promise<Consented>
  /** The address of an authorization request that was pushed. */
  push(client: string): Promise<string>
  /** The device code of a client that `alice` has allowed it. */
  device(client: string): Promise<string>
}

export const redemption = ({ client, code, verifier }: Consented): Fields => ({
  grant_type: 'authorization_code',
  client_id: client,
  code,
  code_verifier: verifier,
})
export const refreshing = (client: string, token: string | undefined): Fields => ({
  grant_type: 'refresh_token',
  client_id: client,
  refresh_token: token ?? '',
})

/** The same in every process: the key is made once. */
let keys: ReturnType<typeof staticKeys> | undefined

export async function nodeOn(store: TokenStore, clock: { now(): number }, format: Format = 'jwt'): Promise<OAuthNode> {
  keys ??= staticKeys({ sign: KEY, clock: { now: () => clockOf.now() } })
  clockOf = clock
  const signing = await keys
  const resources = [{ id: RESOURCE, format }]
  const auth = createAuthorizationServer({
    issuer: ISSUER,
    store,
    catalogue,
    keys: signing,
    resources,
    registration: { initialAccessTokens: true },
    use: { flushEvery: '1h' },
  })
  const accept = [
    accessTokens({ issuer: ISSUER, store, use: { flushEvery: '1h' } }),
    jwts({ issuer: ISSUER, keys: signing, store, clock, use: { flushEvery: '1h' } }),
  ]
  const guard = createGuard({ resource: RESOURCE, catalogue, accept })

  const send = async (path: string, body: Fields | string, headers: Fields = {}) => {
    const isJson = typeof body === 'string'
    const init = {
      method: 'POST',
      headers: { ...(isJson && { 'content-type': 'application/json' }), ...headers },
      body: isJson ? body : new URLSearchParams(body),
    }
    const response = await auth.handle(new Request(ISSUER + path, init))
    if (response === undefined) throw new Error('nothing answers')
    return { status: response.status, said: (await response.json()) as Readonly<Record<string, string>> }
  }

  const post = async (path: string, body: Fields | string, headers?: Fields): Promise<Answer> => {
    const { status, said } = await send(path, body, headers)
    const { error, client_id: id, access_token: access, refresh_token: refresh } = said
    return {
      status,
      ...(error && { error }),
      ...(id && { id }),
      ...(access && { access }),
      ...(refresh && { refresh }),
    }
  }

  const arrive = async (query: Fields): Promise<URL | undefined> => {
    const ask = await auth.begin(new Request(`${ISSUER}/oauth/authorize?${new URLSearchParams(query)}`), alice)
    if (ask.kind === 'redirect') return new URL(ask.response.headers.get('location') ?? '')
    if (ask.kind !== 'consent') return undefined
    const decided = await auth.decide(ask.handle, { session: 's_1', subject: 'alice', approve: true })
    const location = decided.response.headers.get('location')
    return location === null ? undefined : new URL(location)
  }

  return {
    store,
    auth,
    post,
    token: (fields, headers) => post('/oauth/token', fields, headers),
    arrive,
    async check(access) {
      const headers = { authorization: `Bearer ${access}` }
      const checked = await guard.check(new Request(RESOURCE, { headers }))
      return checked.ok ? 'ok' : checked.reason
    },
    async publicClient() {
      return (await auth.clients.create({ by: system, name: 'CLI', redirectUris: [CALLBACK] })).client.id
    },
    async push(client) {
      return (await send('/oauth/par', asked(client, createPkce().challenge))).said.request_uri ?? ''
    },
    async device(client) {
      const { user_code, device_code = '' } = (await send('/oauth/device', { client_id: client, scope: 'read' })).said
      const ask = await auth.device.begin(user_code, alice)
      if (ask.kind !== 'consent') throw new Error(ask.kind)
      await auth.decide(ask.handle, { session: 's_1', subject: 'alice', approve: true })
      return device_code
    },
    async consent(client) {
      const { challenge, verifier } = createPkce()
      const location = await arrive(asked(client, challenge))
      return { client, code: location?.searchParams.get('code') ?? '', verifier }
    },
  }
}

/** How an authorization request ended: with a code, an error, or at a page. */
export const endOf = (location: URL | undefined): string =>
  location === undefined
    ? 'page'
    : location.searchParams.has('code')
      ? 'code'
      : (location.searchParams.get('error') ?? '')

let clockOf: { now(): number } = { now: () => START }

/** An authorization request. */
export const asked = (client: string, challenge: string): Fields => ({
  response_type: 'code',
  client_id: client,
  redirect_uri: CALLBACK,
  code_challenge: challenge,
  code_challenge_method: 'S256',
})

interface Started {
  readonly address: Address
  readonly now: number
  readonly format?: Format
}

let now = START
let started: (OAuthNode & Pick<Opened, 'close'>) | undefined

async function nodeAt({ address, now: at, format }: Started, after?: () => void) {
  now = at
  const clock = { now: () => now }
  const { engine, close } = open(address, after)
  return { ...(await nodeOn(sqlStore(engine, { ...address.names, clock }), clock, format)), close }
}

function own(): OAuthNode {
  if (started === undefined) throw new Error('the node was not started')
  return started
}

const times = <T>(count: number, run: (i: number) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => run(i)))

/** What a process notes of itself: what it is about to do, and what it was answered. */
export type Note = { readonly about: string } | ({ readonly done: string } & Answer)

export const jobs = {
  async start(task: Started) {
    await started?.close()
    started = await nodeAt(task)
    // The schema has been looked at, and connections are there: a race is about what comes now.
    await times(8, () => own().store.get('account', 'user:nobody'))
  },
  time: async (task: { now: number }) => {
    now = task.now
  },
  token: ({ fields, count = 1, headers }: { fields: Fields; count?: number; headers?: Fields }) =>
    times(count, () => own().token(fields, headers)),
  register: ({ metadata, token, count }: { metadata: object; token: string; count: number }) =>
    times(count, () => own().post('/oauth/register', JSON.stringify(metadata), { authorization: `Bearer ${token}` })),
  reap: () => own().auth.clients.reap({ limit: 100 }),
  arrive: ({ query, count }: { query: Fields; count: number }) =>
    times(count, async () => endOf(await own().arrive(query))),
  check: ({ tokens }: { tokens: readonly string[] }) => Promise.all(tokens.map((token) => own().check(token))),
  revoke: async ({ id }: { id: string }) => {
    await own().auth.grants.revoke(id, { by: system })
  },
  /** Refreshes over and over, until it is refused; says what it got, and how it ended. */
  async chain({ client, token, most }: { client: string; token: string; most: number }) {
    const got: Answer[] = []
    let refresh: string | undefined = token
    for (let i = 0; i < most; i++) {
      const answer: Answer = await own().token(refreshing(client, refresh))
      got.push(answer)
      if (answer.status !== 200) break
      refresh = answer.refresh
    }
    return got
  },

  /** A client's whole life at the token endpoint, until the process is killed after so many statements. */
  async live({
    dieAfter,
    notes,
    consented,
    ...task
  }: Started & { dieAfter: number; notes: string; consented: Consented }) {
    let statements = 0
    const { token, auth } = await nodeAt(task, () => {
      if (++statements >= dieAfter) process.kill(process.pid, 'SIGKILL')
    })
    const note = (line: Note) => appendFileSync(notes, `${JSON.stringify(line)}\n`)
    const step = async (what: string, work: () => Promise<Answer>) => {
      note({ about: what })
      const answer = await work()
      note({ done: what, ...answer })
      return answer
    }
    const { client } = consented
    const redeemed = await step('redeem', () => token(redemption(consented)))
    const first = await step('refresh', () => token(refreshing(client, redeemed.refresh)))
    const second = await step('again', () => token(refreshing(client, first.refresh)))
    await step('revoke', async () => {
      const body = new URLSearchParams({ client_id: client, token: second.refresh ?? '' })
      const response = await auth.handle(new Request(`${ISSUER}/oauth/revoke`, { method: 'POST', body }))
      return { status: response?.status ?? 0 }
    })
    return statements
  },
}
