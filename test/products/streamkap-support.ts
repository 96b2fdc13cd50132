import { expect } from 'vitest'
import { streamkap } from '../../examples/streamkap/app.js'
import { bearer, Caller, type paces, served, signedIn } from './support.js'

/** The fields that answers of Streamkap have, each in some of them. */
export interface Pair {
  readonly clientId: string
  readonly token: string
  readonly description: string
  readonly roles: readonly string[]
  readonly created_by: string
  readonly created_at: string
}
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expires: string
  readonly expiresIn: number
}

/** Streamkap on a store and a clock of its own, with both its users signed in. */
export async function opened(make: (typeof paces)[number]['make']) {
  const { origin, clock } = await served(make, (store) => streamkap({ store }))
  return { clock, ...(await on(origin)) }
}

/** Streamkap at an address, with both its users signed in. */
export async function on(origin: string) {
  const nobody = new Caller(origin)
  return {
    nobody,
    alice: await signedIn(origin, 'alice'),
    bob: await signedIn(origin, 'bob'),
    /** Exchanges a pair. */
    exchanged: (clientId: string, secret: string) => nobody.post('/auth/access-token', { client_id: clientId, secret }),
    refreshed: (refreshToken: string) => nobody.post('/auth/access-token/refresh', { refresh_token: refreshToken }),
    /** What `GET` of the pipelines of a project answers to an access token. */
    reads: async (secret: string, project = 'p1') =>
      (await bearer(origin, secret).get(`/api/projects/${project}/pipelines`)).status,
    writes: async (secret: string, project = 'p1') =>
      (await bearer(origin, secret).post(`/api/projects/${project}/pipelines`, { name: 'orders' })).status,
  }
}

/** A token of a project, made over HTTP. */
export async function made(caller: Caller, wish: object = {}, project = 'p1'): Promise<Pair> {
  const body = { description: 'Read-only API access', roles: ['Read Only'], ...wish }
  const { status, text } = await caller.post(`/api/projects/${project}/api-tokens`, body)
  expect(status).toBe(201)
  return JSON.parse(text)
}

/** Access and refresh token of a new pair. */
export async function connected(world: Awaited<ReturnType<typeof on>>, wish: object = {}): Promise<Pair & Tokens> {
  const pair = await made(world.alice, wish)
  const { status, text } = await world.exchanged(pair.clientId, pair.token)
  expect(status).toBe(200)
  return { ...pair, ...JSON.parse(text) }
}
