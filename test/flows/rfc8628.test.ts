import { system } from 'tokenloop'
import { createProver } from 'tokenloop/jwt'
import { slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { flowTransports, ISSUER, RESOURCE, world } from '../oauth/support.js'

const PEPPER = { id: 'p1', key: new Uint8Array(32).fill(1) }
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

describe.each(flowTransports)('RFC 8628 $name', (over) => {
  const at = async (options: Parameters<typeof world>[0] = {}) => {
    const w = await world({ over, ...options })
    const { client } = await w.auth.clients.create({
      by: system,
      name: 'Acme TV',
      authMethod: 'none',
      grantTypes: [DEVICE_CODE, 'refresh_token'],
    })
    const start = async (fields: Parameters<typeof w.post>[1] = {}) => {
      const { status, body } = await w.post('/oauth/device', { client_id: client.id, scope: 'read', ...fields })
      if (status !== 200) throw new Error(JSON.stringify(body))
      return { deviceCode: String(body.device_code), userCode: String(body.user_code), body }
    }
    const poll = (device_code: string, client_id = client.id) =>
      w.post('/oauth/token', { grant_type: DEVICE_CODE, client_id, device_code })
    const handleFor = async (userCode: string, login = w.alice) => {
      const ask = await w.auth.device.begin(userCode, login)
      if (ask.kind !== 'consent') throw new Error(JSON.stringify(ask))
      return ask.handle
    }
    const answer = async (userCode: string, approve = true, login = w.alice) => {
      const browser = { session: String(login.session), subject: String(login.subject) }
      return w.auth.decide(await handleFor(userCode, login), { ...browser, approve })
    }
    const refresh = (token: unknown) =>
      w.post('/oauth/token', { grant_type: 'refresh_token', client_id: client.id, refresh_token: String(token) })
    const prover = await createProver({ clock: w.clock })
    const prove = async () => ({ dpop: await prover.proof({ method: 'POST', url: `${ISSUER}/oauth/token` }) })
    return { ...w, client: client.id, start, poll, handleFor, answer, refresh, prove }
  }

  it('a device shows a code, its user allows it, and the device gets tokens', async () => {
    const { start, poll, answer, auth, alice, clock, post, client } = await at()
    const { deviceCode, userCode, body } = await start()
    expect(body).toEqual({
      device_code: deviceCode,
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: `${ISSUER}/device`,
      verification_uri_complete: `${ISSUER}/device?user_code=${userCode}`,
      expires_in: 900,
      interval: 5,
    })
    expect(await poll(deviceCode)).toMatchObject({ status: 400, body: { error: 'authorization_pending' } })

    const ask = await auth.device.begin(userCode.toLowerCase().replace('-', ' '), alice)
    expect(ask).toMatchObject({
      kind: 'consent',
      view: { client: { name: 'Acme TV' }, redirectHost: null, userCode, scopes: [{ name: 'read' }] },
    })
    expect(ask.kind === 'consent' && ask.view.warnings).toContain('device')
    const decided = await answer(userCode)
    expect([decided.ok, decided.response.status]).toEqual([true, 200])

    clock.advance('5s')
    const redeemed = await poll(deviceCode)
    expect(redeemed).toMatchObject({ status: 200, body: { token_type: 'Bearer', scope: 'read' } })
    const refresh_token = String(redeemed.body.refresh_token)
    const refreshed = await post('/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token })
    expect(refreshed.status).toBe(200)
  })

  it('who polls too fast is told to slow down', async () => {
    const { start, poll, clock } = await at()
    const { deviceCode } = await start()
    const error = async () => (await poll(deviceCode)).body.error
    expect(await error()).toBe('authorization_pending')
    expect(await error()).toBe('slow_down')
    clock.advance('1s')
    expect(await error()).toBe('slow_down')
    clock.advance('5s')
    expect(await error()).toBe('authorization_pending')
  })

  it('a user who says no ends it, for good', async () => {
    const { start, poll, answer, auth, alice, handleFor } = await at()
    const { deviceCode, userCode } = await start()
    const second = await handleFor(userCode)
    expect(await answer(userCode, false)).toMatchObject({ ok: false, reason: 'denied' })
    expect(await poll(deviceCode)).toMatchObject({ status: 400, body: { error: 'access_denied' } })
    const late = await auth.decide(second, { session: 's_1', subject: 'alice', approve: true })
    expect(late).toMatchObject({ ok: false, reason: 'interaction_unknown' })
    expect(await auth.device.begin(userCode, alice)).toMatchObject({ kind: 'refused', reason: 'user_code_unknown' })
    expect((await poll(deviceCode)).body.error).toBe('access_denied')
  })

  it('a no beside a yes on another page holds, whichever came first, and ends no device of another user', async () => {
    const { start, poll, auth, handleFor, refresh, clock } = await at({
      wrap: (store) => slowStore(store, { seed: 2 }),
    })
    const browser = { session: 's_1', subject: 'alice' }
    for (const isRedeemed of [false, true]) {
      const { deviceCode, userCode } = await start()
      const [yes, no] = [await handleFor(userCode), await handleFor(userCode)]
      expect((await auth.decide(yes, { ...browser, approve: true })).ok).toBe(true)
      const tokens = isRedeemed ? (await poll(deviceCode)).body : {}
      expect(await auth.decide(no, { ...browser, approve: false })).toMatchObject({ reason: 'denied' })
      expect((await poll(deviceCode)).body.error).toBe('invalid_grant')
      if (isRedeemed) expect((await refresh(tokens.refresh_token)).body.error).toBe('invalid_grant')
    }
    for (let round = 0; round < 8; round++) {
      // A user tries so many codes at a time, and no more.
      clock.advance('10m')
      const { deviceCode, userCode } = await start()
      const [yes, no] = [await handleFor(userCode), await handleFor(userCode)]
      await Promise.all([
        auth.decide(yes, { ...browser, approve: true }),
        auth.decide(no, { ...browser, approve: false }),
      ])
      expect((await poll(deviceCode)).status).toBe(400)
    }
    const { deviceCode, userCode } = await start()
    const bob = { session: 's_2', subject: 'bob' }
    const no = await handleFor(userCode, { ...bob, authTime: 1 })
    expect((await auth.decide(await handleFor(userCode), { ...browser, approve: true })).ok).toBe(true)
    await auth.decide(no, { ...bob, approve: false })
    expect((await poll(deviceCode)).status).toBe(200)
  })

  it('a code has its time, whether it was allowed or not', async () => {
    const { start, poll, answer, auth, alice, clock } = await at()
    const [waiting, allowed] = [await start(), await start()]
    await answer(allowed.userCode)
    clock.advance('15m')
    for (const { deviceCode } of [waiting, allowed]) {
      expect(await poll(deviceCode)).toMatchObject({ status: 400, body: { error: 'expired_token' } })
    }
    const again = await auth.device.begin(waiting.userCode, alice)
    expect(again).toMatchObject({ kind: 'refused', reason: 'user_code_unknown' })
  })

  it('one poll redeems it, all that come with it get the same refresh token, and one after its use ends it', async () => {
    const { start, poll, answer, clock, refresh, bare } = await at({
      wrap: (store) => slowStore(store, { seed: 1 }),
    })
    const { deviceCode, userCode } = await start()
    await answer(userCode)
    const polls = await Promise.all(Array.from({ length: 32 }, () => poll(deviceCode)))
    expect(polls.map(({ status }) => status)).toEqual(Array(32).fill(200))
    const [token, ...others] = new Set(polls.map(({ body }) => body.refresh_token))
    expect(others).toEqual([])
    expect((await bare.get('authorization', String(token).slice(3, 14))).version).toBe(2)
    const refreshed = await refresh(token)
    expect(refreshed.status).toBe(200)
    clock.advance('10s')
    expect((await poll(deviceCode)).body.error).toBe('invalid_grant')
    expect((await refresh(refreshed.body.refresh_token)).body.error).toBe('invalid_grant')
  })

  it('R3 a device whose answer was lost gets the same refresh token at its next polls, and nothing is written', async () => {
    const { start, poll, answer, clock, refresh, bare, events, auth } = await at({ peppers: [PEPPER] })
    const { deviceCode, userCode } = await start()
    await answer(userCode)
    const { refresh_token } = (await poll(deviceCode)).body
    const stored = async () => bare.get('authorization', String(refresh_token).slice(3, 14))
    const { record, version } = await stored()
    expect(JSON.stringify(record)).not.toContain(String(refresh_token).slice(14))
    for (const _ of [1, 2]) {
      clock.advance('5s')
      expect(await poll(deviceCode)).toMatchObject({ status: 200, body: { refresh_token, scope: 'read' } })
    }
    expect(await stored()).toMatchObject({ record, version })
    expect(events.filter(({ type }) => type === 'refresh.repeated').length).toBe(2)
    const another = await auth.clients.create({ by: system, authMethod: 'none', grantTypes: [DEVICE_CODE] })
    expect((await poll(deviceCode, another.client.id)).body.error).toBe('invalid_grant')
    expect((await refresh(refresh_token)).status).toBe(200)
  })

  it.each([
    ['after the window', {}, '30s'],
    ['where there is no window', { lifetimes: { refreshWindow: 0 } }, '3s'],
  ] as const)('R4 a poll %s is reuse, and ends it', async (_, options, late) => {
    const { start, poll, answer, clock, refresh } = await at(options)
    const { deviceCode, userCode } = await start()
    await answer(userCode)
    const { refresh_token } = (await poll(deviceCode)).body
    clock.advance(late)
    expect((await poll(deviceCode)).body.error).toBe('invalid_grant')
    expect((await refresh(refresh_token)).body.error).toBe('invalid_grant')
  })

  it('a repeat names no other resource than the poll did, and comes with the same key', async () => {
    const { start, answer, prove, post, client } = await at({
      resources: [{ id: RESOURCE }, { id: 'https://other.test' }],
    })
    const { deviceCode, userCode } = await start({ resource: [RESOURCE, 'https://other.test'] })
    await answer(userCode)
    const ask = (resource: string, headers = {}) =>
      post('/oauth/token', { grant_type: DEVICE_CODE, client_id: client, device_code: deviceCode, resource }, headers)
    const first = await ask(RESOURCE)
    expect(first.status).toBe(200)
    expect((await ask('https://other.test')).body.error).toBe('invalid_target')
    expect((await ask(RESOURCE, await prove())).body.error).toBe('invalid_grant')
    expect((await ask(RESOURCE)).body.refresh_token).toBe(first.body.refresh_token)
  })

  it('of several answers the first one counts', async () => {
    const { start, poll, handleFor, auth, alice } = await at()
    const { deviceCode, userCode } = await start()
    const bob = { ...alice, session: 's_2', subject: 'bob' }
    const [first, second] = [await handleFor(userCode), await handleFor(userCode, bob)]
    expect((await auth.decide(first, { session: 's_1', subject: 'alice', approve: true })).ok).toBe(true)
    const late = await auth.decide(second, { session: 's_2', subject: 'bob', approve: true })
    expect(late).toMatchObject({ ok: false, reason: 'interaction_unknown' })
    expect((await poll(deviceCode)).status).toBe(200)
  })

  it('what was allowed before is asked again, and what moved since the user was asked makes it void', async () => {
    const { start, poll, answer, handleFor, auth, bare } = await at()
    await answer((await start()).userCode)
    const { deviceCode, userCode } = await start()
    const handle = await handleFor(userCode)
    const { items } = await bare.list('grant', { subject: 'alice' }, { limit: 10 })
    const [grant] = items
    if (grant === undefined) throw new Error('no grant')
    const revoked = { ...grant.record, status: 'revoked', epoch: grant.record.epoch + 1 } as const
    await bare.write('grant', grant.id, grant.version, revoked)
    const decided = await auth.decide(handle, { session: 's_1', subject: 'alice', approve: true })
    expect(decided).toMatchObject({ ok: false, reason: 'interaction_outdated' })
    expect((await poll(deviceCode)).body.error).toBe('authorization_pending')
  })

  it('a consent that is withdrawn before the device comes back gives it nothing', async () => {
    const { start, poll, answer, bare } = await at()
    const { deviceCode, userCode } = await start()
    await answer(userCode)
    const { items } = await bare.list('grant', { subject: 'alice' }, { limit: 10 })
    const [grant] = items
    if (grant === undefined) throw new Error('no grant')
    const revoked = { ...grant.record, status: 'revoked', epoch: grant.record.epoch + 1 } as const
    await bare.write('grant', grant.id, grant.version, revoked)
    expect(await poll(deviceCode)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  it('a user can guess at codes a few times only', async () => {
    const { auth, alice, start, clock } = await at()
    const { userCode } = await start()
    for (let i = 0; i < 10; i++) {
      expect(await auth.device.begin(`BBBB-BBB${'BCDFGHJKLM'[i]}`, alice)).toMatchObject({
        reason: 'user_code_unknown',
      })
    }
    const limited = { kind: 'refused', reason: 'user_code_attempts', status: 429 }
    expect(await auth.device.begin(userCode, alice)).toMatchObject(limited)
    expect((await auth.device.begin(userCode, { ...alice, subject: 'bob' })).kind).toBe('consent')
    clock.advance('10m')
    expect((await auth.device.begin(userCode, alice)).kind).toBe('consent')
  })

  it('codes are taken as people type them, and nothing else is', async () => {
    const { auth, alice, start } = await at()
    const { userCode } = await start()
    for (const typed of [userCode, ` ${userCode.toLowerCase()} `, userCode.replace('-', '')]) {
      expect((await auth.device.begin(typed, alice)).kind, typed).toBe('consent')
    }
    for (const typed of [undefined, null, 1, {}, '', 'x'.repeat(1 << 20), `${userCode}B`]) {
      expect(await auth.device.begin(typed, { ...alice, subject: 'bob' })).toMatchObject({
        reason: 'user_code_unknown',
      })
    }
    const nobody = await auth.device.begin(userCode, {})
    expect(nobody).toMatchObject({ kind: 'login', resume: `/device?user_code=${userCode}` })
    expect(await auth.device.begin('"><script>', {})).toMatchObject({ kind: 'login', resume: '/device' })
  })

  it('a device code is its client’s, and no other credential passes for one', async () => {
    const { start, poll, post, answer, auth, client, publicClient, codeFor } = await at()
    const { client: other } = await auth.clients.create({ by: system, authMethod: 'none', grantTypes: [DEVICE_CODE] })
    const { deviceCode, userCode } = await start()
    const refused = { status: 400, body: { error: 'invalid_grant' } }
    expect(await poll(deviceCode, other.id)).toMatchObject(refused)
    await answer(userCode)
    expect(await poll(deviceCode, other.id)).toMatchObject(refused)
    const wrong = `${deviceCode.slice(0, -7)}${deviceCode.at(-7) === 'A' ? 'B' : 'A'}${deviceCode.slice(-6)}`
    for (const text of ['x', wrong, userCode]) expect(await poll(text)).toMatchObject(refused)
    const app = await publicClient()
    const { code, verifier } = await codeFor(app)
    expect(await poll(code)).toMatchObject(refused)
    const asCode = { grant_type: 'authorization_code', client_id: client, code: deviceCode, code_verifier: verifier }
    expect((await post('/oauth/token', asCode)).status).toBe(400)
    expect((await poll(deviceCode)).status).toBe(200)
  })

  it('a client that is not registered for it, and a request that is none, get no code', async () => {
    const { post, publicClient, client } = await at()
    const app = await publicClient()
    expect(await post('/oauth/device', { client_id: app })).toMatchObject({ body: { error: 'unauthorized_client' } })
    expect(await post('/oauth/device', { client_id: 'c_none' })).toMatchObject({ status: 401 })
    for (const [name, value, error] of [
      ['scope', 'nope', 'invalid_scope'],
      ['resource', 'https://other.test', 'invalid_target'],
      ['authorization_details', '[]', 'invalid_authorization_details'],
      ['scope', ['read', 'read'], 'invalid_request'],
      ['x', 'y'.repeat(5000), 'invalid_request'],
    ] as const) {
      const response = await post('/oauth/device', { client_id: client, [name]: value })
      expect(response, `${name}`).toMatchObject({ status: 400, body: { error } })
    }
  })
})
