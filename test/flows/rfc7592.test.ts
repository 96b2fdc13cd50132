import { memoryStore, system } from 'tokenloop'
import { accessTokens, createGuard } from 'tokenloop/resource'
import { countingStore, createClock, slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { CALLBACK, catalogue, ISSUER, RESOURCE, type WorldOptions, world as worldOver } from '../oauth/support.js'
import { flowTransports } from '../oauth/transports.js'

const METADATA = {
  client_name: 'Streams',
  redirect_uris: [CALLBACK],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
}
const OTHER_CALLBACK = 'https://client.test/other'

describe.each(flowTransports)('RFC 7592 $name:', (over) => {
  /** A client that registered itself, and what it does with its registration. */
  async function registered(metadata: object = METADATA, options: WorldOptions = {}) {
    const made = await worldOver({ over, registration: { open: true }, ...options })
    const { body } = await made.register(metadata)
    const id = String(body.client_id)
    const at = String(body.registration_client_uri)
    const token = String(body.registration_access_token)
    const manage = (method: string, sent?: unknown, bearer = token) =>
      made.send(method, at, {
        ...(sent !== undefined && { body: sent }),
        headers: { authorization: `Bearer ${bearer}` },
      })
    return { ...made, id, at, token, body, manage }
  }

  it('a client reads its registration, which shows no secret again', async () => {
    const { manage, body, id, at, token } = await registered({ redirect_uris: [CALLBACK] })
    const read = await manage('GET')
    const { client_secret: _, ...others } = body
    expect(read).toMatchObject({ status: 200, body: others })
    expect(read.body).not.toHaveProperty('client_secret')
    expect(read.body).toMatchObject({
      client_id: id,
      registration_client_uri: at,
      registration_access_token: token,
      client_secret_expires_at: 0,
    })
    expect(read.headers.get('cache-control')).toBe('no-store')
  })

  it('what a client sends takes the place of all it had', async () => {
    const { manage, id, auth } = await registered({ ...METADATA, client_uri: 'https://client.test/' })
    const replaced = await manage('PUT', {
      client_id: id,
      redirect_uris: [OTHER_CALLBACK],
      token_endpoint_auth_method: 'none',
    })
    expect(replaced).toMatchObject({
      status: 200,
      body: { redirect_uris: [OTHER_CALLBACK], grant_types: ['authorization_code'] },
    })
    for (const member of ['client_name', 'client_uri']) expect(replaced.body).not.toHaveProperty(member)
    expect(await auth.clients.get(id)).toMatchObject({ name: null, redirectUris: [OTHER_CALLBACK], origin: 'dynamic' })
  })

  it('A12.16 a code for a redirect URI that is not registered any more is dead, and consent is asked for again', async () => {
    const { manage, id, codeFor, post, auth, asking, alice } = await registered()
    const { code, verifier } = await codeFor(id)
    const put = { client_id: id, ...METADATA, redirect_uris: [OTHER_CALLBACK] }
    expect((await manage('PUT', put)).status).toBe(200)
    const redemption = { grant_type: 'authorization_code', client_id: id, code, code_verifier: verifier }
    expect(await post('/oauth/token', redemption)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    const ask = await auth.begin(asking(id, { redirect_uri: OTHER_CALLBACK }).request, alice)
    expect(ask.kind).toBe('consent')
  })

  it('A12.16 so is one for a loopback address that is not registered any more', async () => {
    const { manage, id, codeFor, post } = await registered({
      ...METADATA,
      redirect_uris: ['http://127.0.0.1/cb', CALLBACK],
    })
    const gone = await codeFor(id, { redirect_uri: 'http://127.0.0.1:4711/cb' })
    expect((await manage('PUT', { client_id: id, ...METADATA, application_type: 'native' })).status).toBe(200)
    const redemption = {
      grant_type: 'authorization_code',
      client_id: id,
      code: gone.code,
      code_verifier: gone.verifier,
    }
    expect(await post('/oauth/token', redemption)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  it('A12.16 another way to authenticate holds from the next request on', async () => {
    const { manage, id, connect, post } = await registered()
    const { body } = await connect(id)
    const confidential = { client_id: id, ...METADATA, token_endpoint_auth_method: 'client_secret_basic' }
    const put = await manage('PUT', confidential)
    expect(put.body.client_secret).toMatch(/^cs_/)
    const refresh = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) }
    expect((await post('/oauth/token', { ...refresh, client_id: id })).status).toBe(401)
    const authorization = `Basic ${btoa(`${id}:${put.body.client_secret}`)}`
    const refreshed = await post('/oauth/token', refresh, { authorization })
    expect(refreshed.status).toBe(200)
    expect((await manage('PUT', confidential)).body).not.toHaveProperty('client_secret')
    expect((await manage('PUT', { ...confidential, client_secret: put.body.client_secret })).status).toBe(200)
    expect((await manage('PUT', { client_id: id, ...METADATA })).body).not.toHaveProperty('client_secret_expires_at')
    const again = { grant_type: 'refresh_token', refresh_token: String(refreshed.body.refresh_token) }
    expect((await post('/oauth/token', again, { authorization })).status).toBe(401)
    expect((await post('/oauth/token', { ...again, client_id: id })).status).toBe(200)
  })

  it('A12.17 without its id, with another one, with a secret that is not its own, or with what the server sets, nothing changes', async () => {
    const { manage, id, bare } = await registered({ ...METADATA, token_endpoint_auth_method: 'client_secret_basic' })
    const before = await bare.get('client', id)
    for (const more of [
      {},
      { client_id: 'c_0000000000000000' },
      { client_id: null },
      { client_id: [id] },
      { client_id: id, client_secret: 'chosen' },
      { client_id: id, client_secret: 7 },
      { client_id: id, registration_access_token: 'x' },
      { client_id: id, registration_client_uri: 'x' },
      { client_id: id, client_secret_expires_at: 0 },
      { client_id: id, client_id_issued_at: 0 },
    ]) {
      expect(await manage('PUT', { ...METADATA, ...more }), JSON.stringify(more)).toMatchObject({
        status: 400,
        body: { error: 'invalid_client_metadata' },
      })
    }
    expect(await manage('PUT', { client_id: id, ...METADATA, redirect_uris: ['javascript:x'] })).toMatchObject({
      status: 400,
      body: { error: 'invalid_redirect_uri' },
    })
    expect(await bare.get('client', id)).toEqual(before)
  })

  it('A4.16 a registration that is replaced grants itself no more than a new one', async () => {
    const { manage, id, bare } = await registered()
    const put = {
      ...METADATA,
      client_id: id,
      trusted: true,
      roles: ['Reader'],
      grant_types: ['authorization_code', 'client_credentials'],
    }
    expect((await manage('PUT', put)).body).toMatchObject({ grant_types: ['authorization_code'] })
    expect(JSON.stringify(await bare.get('client', id))).not.toMatch(/trusted|client_credentials|Reader/)
  })

  it('the policy is asked about a replacement as well', async () => {
    let isAllowed = true
    const policy = ({ id }: { id?: string }) => id === undefined || isAllowed
    const { manage, id, bare } = await registered(METADATA, { registration: { open: true, policy } })
    const put = { client_id: id, ...METADATA, client_name: 'New' }
    isAllowed = false
    expect((await manage('PUT', put)).status).toBe(403)
    isAllowed = true
    expect((await manage('PUT', put)).status).toBe(200)
    expect((await bare.get('client', id)).record?.metadata.client_name).toBe('New')
  })

  it('A12.18 a client deletes itself in one write, and all that hangs on it is dead', async () => {
    const { manage, id, connect, codeFor, post, bare, auth, asking, alice, events } = await registered()
    const users = Array.from({ length: 20 }, (_, i) => ({ session: `s_${i}`, subject: `u_${i}`, authTime: 0 }))
    const tokens = []
    for (const login of users) tokens.push((await connect(id, {}, login)).body)
    const { code, verifier } = await codeFor(id)
    const pending = await auth.begin(asking(id, { scope: 'admin' }).request, { ...alice, subject: 'bob' })
    const before = (await bare.changes(0, 1000)).cursor
    const gone = await manage('DELETE')
    expect([gone.status, gone.body]).toEqual([204, {}])
    expect((await bare.changes(before, 1000)).changes).toMatchObject([
      { kind: 'client', id, effect: 'ended', status: 'deleted', epochs: { epoch: 1 } },
    ])
    for (const { refresh_token } of tokens) {
      const refresh = { grant_type: 'refresh_token', client_id: id, refresh_token: String(refresh_token) }
      expect((await post('/oauth/token', refresh)).status).toBe(401)
    }
    const redemption = { grant_type: 'authorization_code', client_id: id, code, code_verifier: verifier }
    expect((await post('/oauth/token', redemption)).status).toBe(401)
    if (pending.kind !== 'consent') throw new Error(pending.kind)
    const decided = await auth.decide(pending.handle, { session: 's_1', subject: 'bob', approve: true })
    expect(decided.ok).toBe(false)
    expect((await auth.begin(asking(id).request, alice)).kind).toBe('refused')
    for (const method of ['GET', 'DELETE']) expect((await manage(method)).status).toBe(401)
    expect((await manage('PUT', { client_id: id, ...METADATA })).status).toBe(401)
    await expect(auth.clients.get(id)).rejects.toMatchObject({ code: 'not_found' })
    expect(events.filter(({ type }) => type === 'client.deleted')).toMatchObject([{ about: id }])
  })

  it('A12.18 of eight deletions at once one counts, and the others are refused', async () => {
    const { manage, bare, id } = await registered(METADATA, { wrap: (store) => slowStore(store, { seed: 2 }) })
    const answers = await Promise.all(Array.from({ length: 8 }, () => manage('DELETE')))
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(7)
    expect((await bare.get('client', id)).record).toMatchObject({ status: 'deleted', epoch: 1 })
  })

  it('A12.19 the store holds the digest of the token alone, and no event or log tells it', async () => {
    const { token, bare, id, events, body, manage } = await registered({ redirect_uris: [CALLBACK] })
    await manage('GET')
    await manage('GET', undefined, 'wrong')
    const verifier = token.slice(token.indexOf('_') + 12, -6)
    const kept = JSON.stringify([await bare.get('client', id), await bare.list('event', {}, { limit: 100 }), events])
    for (const text of [token, verifier, String(body.client_secret)]) expect(kept).not.toContain(text)
  })

  it('nobody without the token gets at a registration: 401 with a challenge, the same for clients that there are none of', async () => {
    const { manage, send, at, id, auth, register, token, bare } = await registered()
    const other = (await register(METADATA)).body
    const before = await bare.get('client', id)
    const missing = await send('GET', at)
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="oauth"'])
    expect((await send('GET', at, { headers: { authorization: 'Basic eDp5' } })).status).toBe(401)
    const bearers = [
      'x',
      String(other.registration_access_token),
      `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`,
    ]
    for (const bearer of bearers) {
      for (const method of ['GET', 'DELETE']) expect((await manage(method, undefined, bearer)).status, bearer).toBe(401)
      expect((await manage('PUT', { client_id: id, ...METADATA }, bearer)).status).toBe(401)
    }
    const headers = { authorization: `Bearer ${token}` }
    const byHand = await auth.clients.create({ by: system, redirectUris: [CALLBACK] })
    const places = [
      '',
      '?client_id=',
      '?client_id=c_0000000000000000',
      `?client_id=${byHand.client.id}`,
      `?client_id=${id}&client_id=${id}`,
    ]
    const answers = await Promise.all(places.map((query) => send('GET', `/oauth/register${query}`, { headers })))
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body])))).toEqual(
      new Set([JSON.stringify([401, { error: 'invalid_token', error_description: 'A valid access token is needed' }])]),
    )
    expect(await bare.get('client', id)).toEqual(before)
  })

  it('a client that the host stopped does not manage itself', async () => {
    const { manage, auth, id } = await registered()
    await auth.clients.suspend(id, { by: system })
    expect((await manage('GET')).status).toBe(401)
    await auth.clients.resume(id, { by: system })
    expect((await manage('GET')).status).toBe(200)
  })

  it('of a replacement and a deletion at once, the deletion holds', async () => {
    const { manage, bare, id } = await registered(METADATA, { wrap: (store) => slowStore(store, { seed: 11 }) })
    const puts = Array.from({ length: 8 }, (_, i) =>
      manage('PUT', { client_id: id, ...METADATA, client_name: `n${i}` }),
    )
    await Promise.all([...puts, manage('DELETE')])
    expect((await bare.get('client', id)).record).toMatchObject({ status: 'deleted', secrets: [], registration: null })
  })
})

describe('RFC 7592 at scale', () => {
  it('A12.18 a client with a thousand grants is gone with one write, and each of them is dead', {
    timeout: 60_000,
  }, async () => {
    const clock = createClock()
    const store = countingStore(memoryStore({ clock }))
    const resources = [{ id: RESOURCE, format: 'opaque' }] as const
    const { register, send, connect, post, bare } = await worldOver({
      clock,
      store,
      resources,
      registration: { open: true },
    })
    const { body } = await register(METADATA)
    const id = String(body.client_id)
    const tokens = []
    for (let i = 0; i < 1000; i++) {
      tokens.push((await connect(id, {}, { session: `s_${i}`, subject: `u_${i}`, authTime: 0 })).body)
    }
    store.reset()
    const headers = { authorization: `Bearer ${body.registration_access_token}` }
    expect((await send('DELETE', String(body.registration_client_uri), { headers })).status).toBe(204)
    expect([store.writes, store.total <= 3]).toEqual([1, true])
    const guard = createGuard({
      resource: RESOURCE,
      catalogue,
      accept: [accessTokens({ issuer: ISSUER, store: bare })],
    })
    for (const { access_token, refresh_token } of tokens) {
      const request = new Request(RESOURCE, { headers: { authorization: `Bearer ${access_token}` } })
      expect(await guard.check(request)).toMatchObject({ ok: false, reason: 'revoked' })
      const refresh = { grant_type: 'refresh_token', client_id: id, refresh_token: String(refresh_token) }
      expect((await post('/oauth/token', refresh)).status).toBe(401)
    }
  })
})
