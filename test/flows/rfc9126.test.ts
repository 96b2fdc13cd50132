import { createPkce, system } from 'tokenloop'
import { createProver } from 'tokenloop/jwt'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import { CALLBACK, flowTransports, ISSUER, locationOf, world } from '../oauth/support.js'

const PAR = '/oauth/par'
const URN = 'urn:ietf:params:oauth:request_uri:'

describe.each(flowTransports)('RFC 9126 $name', (over) => {
  const at = async (options: Parameters<typeof world>[0] = {}) => {
    const w = await world({ over, ...options })
    const client = await w.publicClient()
    const { challenge, verifier } = createPkce()
    const fields = {
      response_type: 'code',
      client_id: client,
      redirect_uri: CALLBACK,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      state: 'pushed-state',
      scope: 'read',
    }
    const push = async (more: Parameters<typeof w.post>[1] = {}) => {
      const { status, body } = await w.post(PAR, { ...fields, ...more })
      if (status !== 201) throw new Error(JSON.stringify(body))
      return String(body.request_uri)
    }
    const begin = (query: Record<string, string>, login = w.alice) =>
      w.auth.begin(new Request(`${ISSUER}/oauth/authorize?${new URLSearchParams(query)}`), login)
    const approve = (handle: string) => w.auth.decide(handle, { session: 's_1', subject: 'alice', approve: true })
    return { ...w, client, verifier, fields, push, begin, approve }
  }

  it('a pushed request leads to consent, a code, and tokens', async () => {
    const { post, fields, begin, approve, client, verifier } = await at()
    const pushed = await post(PAR, fields)
    expect(pushed).toMatchObject({ status: 201, body: { expires_in: 90 } })
    expect(pushed.headers.get('cache-control')).toBe('no-store')
    const request_uri = String(pushed.body.request_uri)
    const ask = await begin({ client_id: client, request_uri })
    if (ask.kind !== 'consent') throw new Error(ask.kind)
    const location = locationOf((await approve(ask.handle)).response)
    expect(location?.searchParams.get('state')).toBe('pushed-state')
    const code = location?.searchParams.get('code') ?? ''
    const redemption = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
    expect(await post('/oauth/token', redemption)).toMatchObject({ status: 200, body: { scope: 'read' } })
  })

  it('A7.11 what the address says besides does not count', async () => {
    const { push, begin, client } = await at()
    const request_uri = await push()
    const extra = {
      scope: 'admin',
      code_challenge: 'x',
      state: 'evil',
      redirect_uri: 'https://evil.test',
      prompt: 'none',
    }
    const ask = await begin({ ...extra, client_id: client, request_uri })
    if (ask.kind !== 'consent') throw new Error(ask.kind)
    expect(ask.view.scopes.map(({ name }) => name)).toEqual(['read'])
    expect(ask.view.redirectHost).toBe('client.test')
  })

  it('A11.1 another client’s address, or none, is a page', async () => {
    const { push, begin, client, publicClient } = await at()
    const request_uri = await push()
    const other = await publicClient()
    const page = { kind: 'refused', reason: 'request_uri_unknown', status: 400 }
    expect(await begin({ client_id: other, request_uri })).toMatchObject(page)
    expect(await begin({ request_uri })).toMatchObject(page)
    expect((await begin({ client_id: client, request_uri })).kind).toBe('consent')
  })

  it('A11.2 it leads to one code, however often it was shown, and to none after its time', async () => {
    const { push, begin, approve, client, clock } = await at()
    const request_uri = await push()
    const asks = await Promise.all(Array.from({ length: 32 }, () => begin({ client_id: client, request_uri })))
    const handles = asks.flatMap((ask) => (ask.kind === 'consent' ? [ask.handle] : []))
    expect(handles.length).toBe(32)
    const decided = await Promise.all(handles.map(approve))
    expect(decided.filter(({ ok }) => ok).length).toBe(1)
    for (const one of decided) {
      if (one.ok) continue
      expect(locationOf(one.response)?.searchParams.get('error')).toBe('invalid_request')
    }
    // The user has allowed it now, and is not asked: the address is used up all the same.
    const again = await begin({ client_id: client, request_uri })
    expect(again.kind === 'redirect' && locationOf(again.response)?.searchParams.get('error')).toBe('invalid_request')

    const late = await push()
    clock.advance('90s')
    const page = { kind: 'refused', reason: 'request_uri_unknown' }
    expect(await begin({ client_id: client, request_uri: late })).toMatchObject(page)
  })

  it('A11.2 a user who is asked for nothing gets one code from it in a race', async () => {
    const { push, begin, authorize, client } = await at()
    await authorize(client, { scope: 'read' })
    const request_uri = await push()
    const asks = await Promise.all(Array.from({ length: 32 }, () => begin({ client_id: client, request_uri })))
    const codes = asks.filter(
      (ask) => ask.kind === 'redirect' && locationOf(ask.response)?.searchParams.has('code') === true,
    )
    expect(codes.length).toBe(1)
  })

  it('a user may take longer to sign in than the address lives', async () => {
    const { push, auth, begin, client, clock, alice } = await at()
    const request_uri = await push()
    const ask = await begin({ client_id: client, request_uri }, {})
    if (ask.kind !== 'login') throw new Error(ask.kind)
    clock.advance('10m')
    const resumed = await auth.begin(new Request(ISSUER + ask.resume), { ...alice, authTime: clock.now() })
    expect(resumed.kind).toBe('consent')
    clock.advance('10m')
    expect((await auth.begin(new Request(ISSUER + ask.resume), { ...alice, authTime: clock.now() })).kind).toBe(
      'refused',
    )
  })

  it('A11.3 a pushed request has no address of another one, and no request object', async () => {
    const { post, fields, push } = await at()
    for (const request_uri of [await push(), `${URN}x`, 'https://evil.test']) {
      expect(await post(PAR, { ...fields, request_uri })).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      })
    }
    const object = await post(PAR, { ...fields, request: 'x' })
    expect(object).toMatchObject({ status: 400, body: { error: 'request_not_supported' } })
  })

  it('A11.4 who cannot authenticate cannot push', async () => {
    const { post, fields, confidentialClient } = await at()
    const { id, secret, basic } = await confidentialClient()
    const sent = { ...fields, client_id: id }
    expect(await post(PAR, sent)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    const wrong = { authorization: `Basic ${btoa(`${id}:${secret}x`)}` }
    expect(await post(PAR, sent, wrong)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(await post(PAR, { ...fields, client_id: 'c_none' })).toMatchObject({ status: 401 })
    expect(await post(PAR, { ...sent, client_id: undefined }, basic)).toMatchObject({ status: 201 })
  })

  it('A11.6 an address is 256 random bits, kept as a digest', async () => {
    const kept: string[] = []
    const { push, begin, client } = await at({
      wrap: (store) =>
        around(store, (call, run) => {
          if (call.method === 'insertOnce') kept.push(JSON.stringify(call.args))
          return run()
        }),
    })
    const request_uri = await push()
    const handle = request_uri.slice(URN.length)
    expect(handle).toMatch(/^[0-9A-Za-z]{43}$/)
    expect(await push()).not.toBe(request_uri)
    expect(kept.length).toBe(2)
    expect(kept.join()).not.toContain(handle)
    for (const guess of ['', '1', handle.slice(1), `${handle.slice(1)}A`, `${handle}A`, `${handle} `, 'é'.repeat(43)]) {
      const ask = await begin({ client_id: client, request_uri: URN + guess })
      expect(ask, guess).toMatchObject({ kind: 'refused', reason: 'request_uri_unknown' })
    }
  })

  it('A11.7 it is pushed as a form of bounded size', async () => {
    const { call, post, fields } = await at()
    expect((await call(PAR)).status).toBe(405)
    const json = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }
    expect((await call(PAR, json)).status).toBe(400)
    const huge = new URLSearchParams({ ...fields, login_hint: 'x'.repeat(1 << 20) })
    expect((await call(PAR, { method: 'POST', body: huge })).status).toBe(413)
    for (const [name, value] of [
      ['scope', 'nope'],
      ['code_challenge_method', 'plain'],
      ['resource', 'x'],
      ['redirect_uri', 'x'],
    ] as const) {
      expect((await post(PAR, { ...fields, [name]: value })).status, name).toBe(400)
    }
    expect((await post(PAR, { ...fields, scope: ['read', 'read'] })).body.error).toBe('invalid_request')
  })

  it('A11.8 what was pushed appears in no address, and in nothing that is told', async () => {
    const { post, fields, begin, client, events, confidentialClient } = await at()
    const { id, secret, basic } = await confidentialClient()
    const secretive = { ...fields, state: 'st4te-secret', nonce: 'n0nce-secret', login_hint: 'alice-secret' }
    const pushed = await post(PAR, secretive)
    const ask = await begin({ client_id: client, request_uri: String(pushed.body.request_uri) }, {})
    if (ask.kind !== 'login') throw new Error(ask.kind)
    expect(ask.resume).toMatch(/^\/oauth\/authorize\?request_uri=urn%3A[^&]+&client_id=[^&]+&resumed=0$/)
    expect(ask.resume).not.toContain('secret')
    await post(PAR, { ...secretive, client_id: id, scope: 'nope' }, basic)
    expect(JSON.stringify(events)).not.toMatch(/st4te|n0nce|alice-secret/)
    expect(JSON.stringify(events)).not.toContain(secret)
  })

  it('A11.9 the key of a proof and the thumbprint that is named are the same', async () => {
    const { post, fields, clock } = await at()
    const prover = await createProver({ clock })
    const proof = () => prover.proof({ method: 'POST', url: `${ISSUER}${PAR}` })
    const headers = { dpop: await proof() }
    const wrong = await post(PAR, { ...fields, dpop_jkt: 'A'.repeat(43) }, headers)
    expect(wrong).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } })
    // What was refused has used nothing up.
    expect(await post(PAR, { ...fields, dpop_jkt: prover.jkt }, headers)).toMatchObject({ status: 201 })
    expect(await post(PAR, fields, headers)).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } })
    const broken = await post(PAR, fields, { dpop: 'x' })
    expect(broken).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } })
  })

  it('who has to push is refused without, by the server or the client', async () => {
    const strict = await at({ requirePushedRequests: true })
    const plain = await strict.begin({ ...strict.fields })
    expect(plain.kind === 'redirect' && locationOf(plain.response)?.searchParams.get('error')).toBe('invalid_request')
    const request_uri = await strict.push()
    expect((await strict.begin({ client_id: strict.client, request_uri })).kind).toBe('consent')

    const { register, begin, fields, auth } = await at({ registration: { open: true } })
    const { body } = await register({
      redirect_uris: [fields.redirect_uri],
      token_endpoint_auth_method: 'none',
      require_pushed_authorization_requests: true,
    })
    const client_id = String(body.client_id)
    expect(body).toMatchObject({ require_pushed_authorization_requests: true })
    expect((await begin({ ...fields, client_id })).kind).toBe('redirect')
    await auth.clients.update(client_id, { by: system, name: 'Renamed' })
    expect((await begin({ ...fields, client_id })).kind).toBe('redirect')
  })
})
