import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTokens, memoryStore, system, user } from 'tokenloop'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Agent } from '../../examples/demo/agent.js'
import { lifetimesIn } from '../../examples/shared/lifetimes.js'
import { catalogue } from '../../examples/streamloop/catalogue.js'
import { documentFetchIn, placesIn } from '../../examples/streamloop/config.js'
import { openRows } from '../../examples/streamloop/data/rows.js'
import { App, codeIn, consented, opens } from './streamloop-apps-support.js'
import { created, keyed, PAGE, streamloopOn } from './streamloop-support.js'
import { bearer, Caller, readable, signedIn, started } from './support.js'

describe('how Streamloop is set up', () => {
  it('reads lifetimes and origins, and refuses what is none', () => {
    expect(lifetimesIn({ ACCESS_TOKEN_TTL: '3s', CODE_TTL: '1m', REFRESH_TTL: '1h', REFRESH_WINDOW: '0s' })).toEqual({
      access: '3s',
      code: '1m',
      refreshIdle: '1h',
      refreshWindow: '0s',
    })
    expect(lifetimesIn({ ACCESS_TOKEN_TTL: '', REFRESH_WINDOW: '0' })).toEqual({ refreshWindow: 0 })
    expect(() => lifetimesIn({ CODE_TTL: 'soon' })).toThrow('CODE_TTL is a duration')
    const places = placesIn({ AUTH_ORIGIN: 'https://auth.streamloop.app/', API_ORIGIN: '' }, 'http://localhost:3002')
    expect(places).toEqual({
      app: 'http://localhost:3002',
      auth: 'https://auth.streamloop.app',
      api: 'http://localhost:3002',
    })
    for (const API_ORIGIN of ['api.streamloop.app', 'https://api.streamloop.app/v1', 'nonsense']) {
      expect(() => placesIn({ API_ORIGIN }, 'http://localhost')).toThrow('API_ORIGIN is a scheme and a host')
    }
  })

  it('fetches from this machine only where it is told to', async () => {
    const { origin } = await documents()
    await expect(documentFetchIn({})(origin, {})).rejects.toThrow()
    expect((await documentFetchIn({ METADATA_FETCH: 'loopback' })(origin, {})).status).toBe(200)
    await expect(documentFetchIn({ METADATA_FETCH: 'loopback' })('https://10.0.0.1/', {})).rejects.toThrow()
  })
})

describe('Streamloop without the database of its own data', () => {
  it('R67 says that it is unavailable, on every page and in the API, and takes nobody for signed out', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => log.mockRestore())
    const rows = await openRows(async (statement) => {
      if (statement.startsWith('CREATE')) return []
      throw new Error('connection lost')
    })
    const { origin, store } = await streamloopOn(memoryStore, rows)
    const visitor = new Caller(origin, { cookie: 'streamloop=x' })
    for (const path of ['/', PAGE, '/api/auth/oauth2/authorize?client_id=x', '/nothing']) {
      const page = await visitor.get(path)
      expect([page.status, page.headers.get('retry-after')], path).toEqual(
        path === '/nothing' ? [404, null] : [503, '1'],
      )
    }
    const tokens = createTokens({ store, catalogue, prefix: 'sl' })
    const { secret } = await tokens.issue({ by: system, owner: user('alice'), name: 'ci', roles: ['full access'] })
    const refused = await keyed(origin, secret.reveal()).get('/v1/streams')
    expect(refused).toMatchObject({ status: 503, json: { error: 'temporarily_unavailable' } })
    expect(refused.headers.get('retry-after')).toBe('1')
  })
})

/** A server with the metadata document of an app. */
async function documents() {
  const server = createServer((req, res) => {
    const origin = `http://${req.headers.host}`
    const client = {
      client_id: `${origin}${req.url}`,
      client_name: 'Documented Agent',
      redirect_uris: [`${origin}/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    }
    res.setHeader('content-type', 'application/json').end(JSON.stringify(client))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('Streamloop as a process, set up for trying out', { timeout: 60_000 }, () => {
  it('SL12 takes an app whose id is the address of its metadata document', async () => {
    const there = await documents()
    const { origin } = await started('streamloop', { METADATA_FETCH: 'loopback' })
    const alice = await signedIn(origin, 'alice')
    const app = new App(origin, `${there.origin}/client.json`)
    const redirect_uri = `${there.origin}/callback`
    const { path, verifier } = app.asking({ redirect_uri })
    expect(readable((await alice.get(path)).text)).toContain('Documented Agent wants to use your Streamloop account')
    const { set } = await app.redeem(codeIn(await consented(alice, path)), verifier, { redirect_uri })
    expect(await opens(origin, set.access_token)).toBe(200)
  })

  it('SL12 SL13 is split over three origins, as the real product is', async () => {
    const first = await started('streamloop')
    const port = Number(new URL(first.origin).port)
    await first.end('SIGTERM')
    const [AUTH_ORIGIN, API_ORIGIN] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`]
    const { origin } = await started('streamloop', { PORT: String(port), AUTH_ORIGIN, API_ORIGIN })
    const alice = await signedIn(AUTH_ORIGIN, 'alice')
    const refused = await keyed(API_ORIGIN, 'sl_nonsense').get('/v1/me')
    const metadata = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '')?.[1] ?? ''
    expect(metadata).toBe(`${API_ORIGIN}/.well-known/oauth-protected-resource`)
    expect(await (await fetch(metadata)).json()).toMatchObject({
      resource: API_ORIGIN,
      authorization_servers: [AUTH_ORIGIN],
    })
    const server = await (await fetch(`${AUTH_ORIGIN}/.well-known/oauth-authorization-server`)).json()
    expect(server).toMatchObject({ issuer: AUTH_ORIGIN, token_endpoint: `${AUTH_ORIGIN}/api/auth/oauth2/token` })

    const agent = new Agent({
      url: `${API_ORIGIN}/mcp`,
      name: 'Test Agent',
      browse: ({ pathname, search }) => consented(alice.with({ origin: AUTH_ORIGIN }), pathname + search),
    })
    await agent.connect()
    expect(JSON.parse(await agent.call('me')).id).toBe('alice')
    await agent.close()
    const here = await signedIn(origin, 'alice')
    expect((await keyed(API_ORIGIN, await created(here)).get('/v1/me')).status).toBe(200)
  })

  it('shortens lifetimes', async () => {
    const { origin } = await started('streamloop', { ACCESS_TOKEN_TTL: '1s' })
    const app = await App.registered(origin)
    const set = await app.connected(await signedIn(origin, 'alice'))
    expect(set.expires_in).toBe(1)
    await expect.poll(() => opens(origin, set.access_token), { timeout: 10_000 }).toBe(401)
    const { set: next } = await app.refresh(set.refresh_token)
    expect((await bearer(origin, next.access_token).get('/v1/me')).status).toBe(200)
  })
})
