import { expect } from 'vitest'
import { causeloop } from '../../examples/causeloop/app.js'
import { bearer, Caller, type paces, served, signedIn, type Wire } from './support.js'

/** Causeloop with both its users signed in. */
export async function opened(make: (typeof paces)[number]['make']) {
  const { origin, clock } = await served(make, (store) => causeloop({ store }))
  return {
    origin,
    clock,
    nobody: new Caller(origin),
    alice: await signedIn(origin, 'alice'),
    bob: await signedIn(origin, 'bob'),
    /** A program with this secret. */
    program: (secret: string) => bearer(origin, secret),
    /** What `GET /v1/issues` answers to a secret. */
    reads: async (secret: string) => (await bearer(origin, secret).get('/v1/issues')).status,
    /** What `POST /v1/issues` answers to a secret. */
    writes: async (secret: string) => (await bearer(origin, secret).post('/v1/issues', { title: 'Slow' })).status,
  }
}

/** A personal token, made over HTTP. */
export async function made(caller: Caller, wish: object = {}): Promise<Wire> {
  const { status, json } = await caller.post('/v1/api-tokens', { name: 'ci', scopes: ['issues:read'], ...wish })
  expect(status).toBe(201)
  return json
}

/** A service account, made over HTTP. */
export async function account(caller: Caller, scopes: readonly string[] = ['issues:write']): Promise<string> {
  const { status, json } = await caller.post('/v1/service-accounts', { name: 'deploy-bot', scopes })
  expect(status).toBe(201)
  return json.id
}

/** A token of a service account, made over HTTP. */
export async function issued(caller: Caller, accountId: string, name = 'ci'): Promise<Wire> {
  const { status, json } = await caller.post(`/v1/service-accounts/${accountId}/tokens`, { name })
  expect(status).toBe(201)
  return json
}
