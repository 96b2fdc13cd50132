import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createNonces, createProver } from 'tokenloop/jwt'
import { type GuardedRequest, requireScopes, toNodeListener } from 'tokenloop/node'
import { type Acceptor, createGuard, type DpopOptions, dpop, jwts, opaque } from 'tokenloop/resource'
import { countingStore } from 'tokenloop/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { ISSUER, RESOURCE, realm } from './jwt-support.js'
import { catalogue } from './support.js'

/*
 * Tokens that are bound to a key, from the client to the answer: proofs over a socket, a guard behind both ways into Node, and the
 * acceptors that take such tokens.
 */

const PATH = '/v1/issues?page=2'
const URL_ = `${RESOURCE}/v1/issues`

const servers: ReturnType<typeof createServer>[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type World = Awaited<ReturnType<typeof world>>

/** An authorization server whose user's token is bound to the key of a client, and its store. */
async function world() {
  const at = await realm({ wrap: countingStore })
  const store = at.store as ReturnType<typeof countingStore>
  const { clock, keys, issue, change } = at
  const prover = await createProver({ clock })
  await change('authorization', 'a_1', { boundTo: prover.jkt }, 'narrowed')
  clock.advance('1s')
  const bound = await issue({ cnf: { jkt: prover.jkt } })
  const proofFor = (accessToken: string, more = {}) => prover.proof({ method: 'GET', url: URL_, accessToken, ...more })
  return { ...at, store, clock, keys, prover, bound, proofFor }
}

/** What takes bound tokens, and how a token of one kind is made of what its claims are. */
const ACCEPTORS: Readonly<Record<string, (at: World, options: DpopOptions) => Promise<Acceptor<'grant' | 'client'>>>> =
  {
    'jwts, with the store': async ({ keys, clock, store }, options) =>
      jwts({ issuer: ISSUER, keys, clock, store, dpop: dpop(options) }),
    'jwts, by the feed': async ({ keys, clock, follow }, options) =>
      jwts({ issuer: ISSUER, keys, clock, revocations: follow(), dpop: dpop(options) }),
    'jwts alone': async ({ keys, clock }, options) => jwts({ issuer: ISSUER, keys, clock, dpop: dpop(options) }),
    opaque: async ({ clock }, options) =>
      opaque({
        issuer: ISSUER,
        introspection: await listen(introspection),
        headers: () => ({}),
        fetch,
        clock,
        dpop: dpop(options),
      }),
    'opaque, remembered': async ({ clock }, options) =>
      opaque({
        issuer: ISSUER,
        introspection: await listen(introspection),
        headers: () => ({}),
        fetch,
        clock,
        maxStaleness: '5m',
        dpop: dpop(options),
      }),
  }

/** Says of a JWT what is in it, as an authorization server that had only handed out its id would. */
const introspection: RequestListener = async (req, res) => {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  const token = new URLSearchParams(Buffer.concat(chunks).toString()).get('token') ?? ''
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  res.end(JSON.stringify({ active: true, token_type: claims.cnf ? 'DPoP' : 'Bearer', ...claims }))
}

describe.each(Object.entries(ACCEPTORS))('a token that is bound to a key, taken by %s', (_, acceptorOf) => {
  async function api(changes: Partial<DpopOptions> = {}) {
    const at = await world()
    const { clock, store } = at
    const accept = [await acceptorOf(at, { seen: store, clock, ...changes })]
    const guard = createGuard({ resource: RESOURCE, catalogue, accept })
    const handler = await listen(
      toNodeListener(async (request, { ip }) => {
        const access = await guard.check(request, 'issues:read', { ip })
        if (!access.ok) return access.response
        return Response.json({ boundTo: access.principal.boundTo }, { headers: access.headers })
      }),
    )
    const guarded = requireScopes(guard, 'issues:read')
    const middleware = await listen((req: GuardedRequest<'grant' | 'client'>, res) =>
      guarded(req, res, (error) => res.end(error ? 'failed' : JSON.stringify({ boundTo: req.principal?.boundTo }))),
    )
    const get = (origin: string, authorization: string, proof?: string) =>
      fetch(origin + PATH, { headers: { authorization, ...(proof !== undefined && { dpop: proof }) } })
    return { ...at, handler, middleware, get }
  }

  it('passes with a proof, once, through a handler and a middleware', async () => {
    const { handler, middleware, get, bound, proofFor, prover } = await api()
    for (const origin of [handler, middleware]) {
      const proof = await proofFor(bound)
      const first = await get(origin, `DPoP ${bound}`, proof)
      expect([first.status, await first.json()]).toEqual([200, { boundTo: prover.jkt }])
      const again = await get(origin, `DPoP ${bound}`, proof)
      expect(again.status).toBe(401)
      expect(again.headers.get('www-authenticate')).toMatch(/DPoP realm="[^"]+", error="invalid_dpop_proof"/)
    }
  })

  it('A16.13 is refused as Bearer, and without a proof, or with a proof by another key', async () => {
    const { handler, get, bound, proofFor, store, clock } = await api()
    const thief = await createProver({ clock })
    const stolen = await thief.proof({ method: 'GET', url: URL_, accessToken: bound })
    const wrong: [string, string | undefined, string][] = [
      [`Bearer ${bound}`, undefined, 'invalid_token'],
      [`Bearer ${bound}`, await proofFor(bound), 'invalid_token'],
      [`DPoP ${bound}`, undefined, 'invalid_dpop_proof'],
      [`DPoP ${bound}`, stolen, 'invalid_token'],
      [`DPoP ${bound}`, await proofFor(bound, { method: 'POST' }), 'invalid_dpop_proof'],
      [`DPoP ${bound}`, await proofFor(`${bound}x`), 'invalid_dpop_proof'],
      [`DPoP ${bound}`, await proofFor(bound, { url: `${RESOURCE}/v1/other` }), 'invalid_dpop_proof'],
    ]
    for (const [authorization, proof, error] of wrong) {
      const answer = await get(handler, authorization, proof)
      expect([answer.status, await answer.json()]).toEqual([401, expect.objectContaining({ error })])
    }
    expect(store.calls.insertOnce ?? 0).toBe(0)
  })

  it('A16.1 is refused with two lines of proofs', async () => {
    const { handler, bound, proofFor } = await api()
    const headers = new Headers({ authorization: `DPoP ${bound}` })
    for (let i = 0; i < 2; i++) headers.append('dpop', await proofFor(bound))
    expect((await fetch(handler + PATH, { headers })).status).toBe(401)
  })

  it('A16.12 comes back with the nonce that it is told', async () => {
    const nonces = createNonces({ key: new Uint8Array(32), server: RESOURCE })
    const { handler, get, bound, proofFor } = await api({ nonces })
    const asked = await get(handler, `DPoP ${bound}`, await proofFor(bound))
    expect(asked.headers.get('www-authenticate')).toContain('error="use_dpop_nonce"')
    const nonce = asked.headers.get('dpop-nonce') ?? ''
    expect((await get(handler, `DPoP ${bound}`, await proofFor(bound, { nonce }))).status).toBe(200)
  })

  it('A16.14 is what a token has to be that is sent as DPoP; an unbound one is taken as Bearer', async () => {
    const { handler, get, issue, proofFor, change, clock } = await api()
    await change('authorization', 'a_1', { boundTo: null }, 'narrowed')
    clock.advance('1s')
    const unbound = await issue()
    expect((await get(handler, `Bearer ${unbound}`)).status).toBe(200)
    const answer = await get(handler, `DPoP ${unbound}`, await proofFor(unbound))
    expect([answer.status, await answer.json()]).toEqual([401, expect.objectContaining({ error: 'invalid_token' })])
  })
})

describe('a token that its authorization binds to a key', () => {
  it('is refused where it does not say so itself, or names another key', async () => {
    const at = await world()
    const { clock, keys, store, issue, proofFor } = at
    const acceptor = jwts({ issuer: ISSUER, keys, clock, store, dpop: dpop({ seen: store, clock }) })
    const guard = createGuard({ resource: RESOURCE, catalogue, accept: [acceptor] })
    const other = await createProver({ clock })
    for (const claims of [{}, { cnf: { jkt: other.jkt } }]) {
      const text = await issue(claims)
      const headers = new Headers({ authorization: `Bearer ${text}` })
      expect(await guard.check({ headers, method: 'GET', url: URL_ })).toMatchObject({ reason: 'revoked' })
      headers.set('authorization', `DPoP ${text}`)
      headers.set('dpop', await proofFor(text))
      expect(await guard.check({ headers, method: 'GET', url: URL_ })).toMatchObject({ reason: 'revoked' })
    }
  })
})
