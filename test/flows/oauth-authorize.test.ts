import { createAccounts, defineCatalogue, memoryStore, system, user } from 'tokenloop'
import { createClock, faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { flowTransports, ISSUER, locationOf, world } from '../oauth/support.js'

describe.each(flowTransports)('the authorization endpoint $name', (over) => {
  const at = async (options: Parameters<typeof world>[0] = {}) => {
    const w = await world({ over, ...options })
    const client = await w.publicClient()
    const begin = (fields: Parameters<typeof w.asking>[1] = {}, login = w.alice, of = client) =>
      w.auth.begin(w.asking(of, fields).request, login)
    /** Comes back from the login page. */
    const resume = (path: string, login = w.alice) => w.auth.begin(new Request(ISSUER + path), login)
    const approve = (handle: string, scopes?: unknown) =>
      w.auth.decide(handle, {
        session: 's_1',
        subject: 'alice',
        approve: true,
        ...(scopes !== undefined && { scopes }),
      })
    return { ...w, client, begin, resume, approve }
  }
  type At = Awaited<ReturnType<typeof at>>
  type Asked = Awaited<ReturnType<At['begin']>>
  const login = (ask: Asked) => {
    if (ask.kind !== 'login') throw new Error(ask.kind)
    return ask
  }
  const consent = (ask: Asked) => {
    if (ask.kind !== 'consent') throw new Error(ask.kind)
    return ask
  }
  const errorOf = (ask: Asked) =>
    ask.kind === 'redirect' ? locationOf(ask.response)?.searchParams.get('error') : ask.kind

  describe('login', () => {
    it('nobody is signed in: the host signs somebody in, and comes back to the same request', async () => {
      const { begin, resume, approve } = await at()
      const ask = login(await begin({ scope: 'read', login_hint: 'alice@acme.dev', ui_locales: 'de en' }, {}))
      expect(ask.wish).toEqual({
        again: false,
        selectAccount: false,
        hint: 'alice@acme.dev',
        locales: ['de', 'en'],
        acrValues: [],
      })
      expect(ask.resume).toMatch(/^\/oauth\/authorize\?/)
      const back = consent(await resume(ask.resume))
      const location = locationOf((await approve(back.handle)).response)
      expect(location?.searchParams.get('state')).toBe('xyz')
      expect(login(await resume(ask.resume, {})).resume).toBe(ask.resume)
    })

    it('a request that was posted comes back as well', async () => {
      const { asking, auth, client, resume } = await at()
      const body = new URLSearchParams(new URL(asking(client, { scope: 'read', state: 'a&b=c' }).request.url).search)
      const posted = await auth.begin(new Request(`${ISSUER}/oauth/authorize`, { method: 'POST', body }), {})
      const back = consent(await resume(login(posted).resume))
      expect(back.view.scopes.map(({ name }) => name)).toEqual(['read'])
    })

    it('prompt=login asks once more, and does not loop', async () => {
      const { begin, resume, alice, clock } = await at()
      clock.advance('1m')
      const ask = login(await begin({ prompt: 'login' }))
      expect(ask.wish.again).toBe(true)
      const again = { ...alice, authTime: clock.now() }
      expect((await resume(ask.resume, again)).kind).toBe('consent')
      // The login page sent the user back as they came.
      expect(errorOf(await resume(ask.resume, alice))).toBe('login_required')
      expect(login(await begin({ prompt: 'login' }, again)).wish.again).toBe(true)
    })

    it('prompt=login after nobody was signed in is met by whoever signs in', async () => {
      const { begin, resume } = await at()
      const ask = login(await begin({ prompt: 'login' }, {}))
      expect((await resume(ask.resume)).kind).toBe('consent')
    })

    it('prompt=select_account leads to the login page once, also where the account stays the same', async () => {
      const { begin, resume } = await at()
      const ask = login(await begin({ prompt: 'select_account' }))
      expect(ask.wish.selectAccount).toBe(true)
      expect((await resume(ask.resume)).kind).toBe('consent')
    })

    it('max_age is held against the moment of the login', async () => {
      const { begin, resume, alice, clock } = await at()
      clock.advance('60s')
      expect((await begin({ max_age: '60' })).kind).toBe('consent')
      clock.advance(1)
      const ask = login(await begin({ max_age: '60' }))
      expect(errorOf(await resume(ask.resume))).toBe('login_required')
      clock.advance('1h')
      expect((await resume(ask.resume, { ...alice, authTime: clock.now() - 1000 })).kind).toBe('consent')
      const zero = login(await begin({ max_age: '0' }))
      expect((await resume(zero.resume, { ...alice, authTime: clock.now() - 1 })).kind).toBe('consent')
      for (const max_age of ['-1', '1.5', 'x', '1e3', '12345678901', ' 1']) {
        expect(errorOf(await begin({ max_age })), max_age).toBe('invalid_request')
      }
    })

    it('acr_values is met by one of them, or refused after the user had the chance', async () => {
      const { begin, resume, alice } = await at()
      expect((await begin({ acr_values: 'pwd mfa' }, { ...alice, acr: 'mfa' })).kind).toBe('consent')
      const ask = login(await begin({ acr_values: 'mfa' }, { ...alice, acr: 'pwd' }))
      expect(ask.wish).toMatchObject({ again: true, acrValues: ['mfa'] })
      expect((await resume(ask.resume, { ...alice, acr: 'mfa' })).kind).toBe('consent')
      expect(errorOf(await resume(ask.resume))).toBe('unmet_authentication_requirements')
    })

    it('prompt=none asks nobody anything', async () => {
      const { begin, authorize, client, clock } = await at()
      expect(errorOf(await begin({ prompt: 'none' }, {}))).toBe('login_required')
      expect(errorOf(await begin({ prompt: 'none' }))).toBe('consent_required')
      await authorize(client, { scope: 'read' })
      expect(errorOf(await begin({ prompt: 'none', scope: 'read' }))).toBeNull()
      expect(errorOf(await begin({ prompt: 'none', scope: 'write' }))).toBe('consent_required')
      clock.advance('1h')
      expect(errorOf(await begin({ prompt: 'none', scope: 'read', max_age: '60' }))).toBe('login_required')
      expect(errorOf(await begin({ prompt: 'none', scope: 'read', acr_values: 'mfa' }))).toBe('login_required')
      for (const prompt of ['none login', 'none none', 'x', 'login x', ' none', 'login  consent', 'NONE']) {
        expect(errorOf(await begin({ prompt })), prompt).toBe('invalid_request')
      }
    })
  })

  describe('consent', () => {
    it('is remembered for the subject, the client and the tenant, and no other', async () => {
      const { begin, authorize, client, publicClient, alice } = await at()
      await authorize(client, { scope: 'read' })
      expect((await begin({ scope: 'read' })).kind).toBe('redirect')
      expect((await begin({ scope: 'read' }, { ...alice, subject: 'bob' })).kind).toBe('consent')
      expect((await begin({ scope: 'read' }, { ...alice, tenant: 'ws_1' })).kind).toBe('consent')
      expect((await begin({ scope: 'read' }, alice, await publicClient())).kind).toBe('consent')
      expect((await begin({ scope: 'read', prompt: 'consent' })).kind).toBe('consent')
    })

    it('covers what a scope implies, asks for new ones, and adds them', async () => {
      const { begin, authorize, client, bare } = await at()
      await authorize(client, { scope: 'write' })
      expect((await begin({ scope: 'read' })).kind).toBe('redirect')
      const more = consent(await begin({ scope: 'write admin' }))
      expect(more.view.scopes.map(({ name, granted }) => [name, granted])).toEqual([
        ['write', true],
        ['admin', false],
      ])
      await authorize(client, { scope: 'admin' })
      expect((await begin({ scope: 'write admin' })).kind).toBe('redirect')
      const { items } = await bare.list('grant', { subject: 'alice' }, { limit: 9 })
      expect(items.map(({ record }) => record.scopes)).toEqual([['write', 'read', 'admin']])
    })

    it('is asked again for a native client that any program could pass itself off as', async () => {
      const { begin, nativeClient, alice, auth } = await at()
      for (const uri of ['http://127.0.0.1/cb', 'com.example.app:/cb']) {
        const client = await nativeClient(uri)
        const fields = { scope: 'read', redirect_uri: uri }
        const ask = consent(await begin(fields, alice, client))
        await auth.decide(ask.handle, { session: 's_1', subject: 'alice', approve: true })
        expect(consent(await begin(fields, alice, client)).view.scopes[0]?.granted).toBe(true)
        expect(errorOf(await begin({ ...fields, prompt: 'none' }, alice, client))).toBe('consent_required')
      }
    })

    it('that was narrowed is told to the client', async () => {
      const { asking, auth, alice, client, approve, post } = await at()
      const { request, verifier } = asking(client, { scope: 'read write admin' })
      const { response } = await approve(consent(await auth.begin(request, alice)).handle, ['write', 'nope', 1])
      const code = locationOf(response)?.searchParams.get('code') ?? ''
      const redemption = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
      expect(await post('/oauth/token', redemption)).toMatchObject({ status: 200, body: { scope: 'write' } })
    })

    it('is refused by whoever says anything but yes', async () => {
      const { begin, auth, approve } = await at()
      const denied = { ok: false, reason: 'denied' }
      const browser = { session: 's_1', subject: 'alice' }
      for (const approve of JSON.parse('[false,"true",1,null]') as boolean[]) {
        expect(await auth.decide(consent(await begin()).handle, { ...browser, approve })).toMatchObject(denied)
      }
      for (const scopes of [[], ['nope'], 'read', { 0: 'read' }, null]) {
        expect(await approve(consent(await begin()).handle, scopes)).toMatchObject(denied)
      }
    })

    it('is given once, by who was asked, within its time', async () => {
      const { begin, auth, approve, clock } = await at()
      const { handle } = consent(await begin())
      const browser = { session: 's_1', subject: 'alice', approve: true }
      for (const other of ['', 'x', `${handle}A`, null, undefined, {}, [handle]]) {
        expect(await auth.decide(other, browser)).toMatchObject({ ok: false, reason: 'interaction_unknown' })
      }
      const answers = await Promise.all(Array.from({ length: 16 }, () => approve(handle)))
      expect(answers.filter(({ ok }) => ok).length).toBe(1)
      const lost = answers.find(({ ok }) => !ok)
      expect([lost?.response.status, lost?.response.headers.has('location')]).toEqual([400, false])
      const late = consent(await begin({ prompt: 'consent' }))
      clock.advance('15m')
      expect(await approve(late.handle)).toMatchObject({ ok: false, reason: 'interaction_unknown' })
    })

    it('is void where anything that it hangs on was cut off meanwhile', async () => {
      const { begin, approve, store, bare, client, auth } = await at()
      const accounts = createAccounts({ store, catalogue: defineCatalogue({ read: { description: 'Read' } }) })
      const suspended = consent(await begin())
      await accounts.suspend(user('alice'), { by: system })
      const reason = { ok: false, reason: 'subject_inactive' }
      expect(await approve(suspended.handle)).toMatchObject(reason)
      expect(errorOf(await begin())).toBe('access_denied')
      await accounts.resume(user('alice'), { by: system })
      const cutOff = consent(await begin())
      await auth.grants.revokeAll({ by: system, subject: 'alice' })
      expect(await approve(cutOff.handle)).toMatchObject({ ok: false, reason: 'interaction_outdated' })
      const suspendedClient = consent(await begin())
      const { record, version } = await bare.get('client', client)
      if (record === undefined) throw new Error('no client')
      await bare.write('client', client, version, { ...record, status: 'suspended' })
      const answer = await approve(suspendedClient.handle)
      expect(answer).toMatchObject({ ok: false, reason: 'client_inactive' })
      expect(answer.response.headers.has('location')).toBe(false)
    })
  })

  it('what a page is told of the client, and of what it asks', async () => {
    const catalogue = defineCatalogue({
      read: { description: 'Read things', group: 'Data' },
      wipe: { description: 'Delete everything', group: 'Danger', destructive: true },
    })
    const { begin, selfRegistered, alice, nativeClient } = await at({ catalogue })
    expect(consent(await begin({ scope: 'read' })).view).toMatchObject({
      client: { name: 'Acme CLI', origin: 'manual', isVerified: true, domain: null },
      redirectHost: 'client.test',
      isLoopback: false,
      warnings: [],
      scopes: [{ name: 'read', description: 'Read things', group: 'Data', granted: false }],
      tenant: null,
    })
    const stranger = consent(await begin({ scope: 'read wipe' }, alice, await selfRegistered()))
    expect(stranger.view).toMatchObject({
      client: { origin: 'dynamic', isVerified: false },
      warnings: ['unverified', 'destructive'],
      scopes: [{ name: 'read' }, { name: 'wipe', group: 'Danger', destructive: true }],
    })
    const native = await nativeClient()
    const onLoopback = { scope: 'read', redirect_uri: 'http://127.0.0.1:8123/cb' }
    expect(consent(await begin(onLoopback, alice, native)).view).toMatchObject({
      redirectHost: '127.0.0.1:8123',
      isLoopback: true,
      warnings: ['loopback'],
    })
  })

  it('a store that fails is no denial and no approval, and the host learns why', async () => {
    const clock = createClock()
    const store = faultyStore(memoryStore({ clock }), { all: { point: 'before' } })
    store.off()
    const { begin, approve, auth, events } = await at({ store, clock })
    const ask = consent(await begin())
    store.on()
    const refused = await begin()
    expect(refused).toMatchObject({ kind: 'refused', reason: 'unavailable', status: 503 })
    const decided = await approve(ask.handle)
    expect(decided).toMatchObject({ ok: false, reason: 'unavailable' })
    expect(decided.response.status).toBe(503)
    store.off()
    expect(auth.explain(refused)).toMatchObject({ endpoint: 'authorize', rule: 'unavailable', detail: 'unavailable' })
    const denied = await auth.decide(consent(await begin()).handle, {
      session: 's_1',
      subject: 'alice',
      approve: false,
    })
    expect(auth.explain(denied)).toMatchObject({ endpoint: 'decide', rule: 'denied', error: 'access_denied' })
    const broken = await begin({ scope: 'nope' })
    expect(auth.explain(broken)).toMatchObject({ rule: 'scope_unknown', error: 'invalid_scope' })
    expect(events.at(-1)).toMatchObject({
      type: 'oauth.refused',
      detail: { endpoint: 'authorize', rule: 'scope_unknown' },
    })
    expect(auth.explain(ask)).toBeUndefined()
  })
})
