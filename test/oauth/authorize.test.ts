import { system } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { CALLBACK, flowTransports, ISSUER, locationOf, RESOURCE, world } from './support.js'

const errorIn = (location: URL | undefined) => location?.searchParams.get('error')

describe.each(flowTransports)('authorization requests $name', (over) => {
  /** A world with its public client P, and what becomes of a request of it. */
  const at = async (options: Parameters<typeof world>[0] = {}) => {
    const w = await world({ over, ...options })
    const client = await w.publicClient()
    /** Of a query as it is. */
    const begin = (query: string, login = w.alice) =>
      w.auth.begin(new Request(`${ISSUER}/oauth/authorize?${query}`), login)
    const query = (fields: Parameters<typeof w.asking>[1] = {}) =>
      new URL(w.asking(client, fields).request.url).search.slice(1)
    /** The error that a request is redirected with; checks that it says whose it is. */
    const redirected = async (text: string, state: string | null = 'xyz') => {
      const ask = await begin(text)
      if (ask.kind !== 'redirect') throw new Error(`${ask.kind} for ${text.slice(0, 300)}`)
      const location = locationOf(ask.response)
      expect(location?.href.startsWith(`${CALLBACK}?`)).toBe(true)
      expect(location?.searchParams.get('iss')).toBe(ISSUER)
      expect(location?.searchParams.get('state')).toBe(state)
      return errorIn(location)
    }
    return { ...w, client, begin, query, redirected }
  }

  it('A5.1 A5.2 a client id or redirect URI that stands twice is a page, whatever the values', async () => {
    const { begin, query, client } = await at()
    for (const extra of [`client_id=${client}`, 'client_id=other', `redirect_uri=${CALLBACK}`, 'redirect_uri=x']) {
      const page = { kind: 'refused', reason: 'parameter_repeated', status: 400 }
      expect(await begin(`${query()}&${extra}`), extra).toMatchObject(page)
    }
  })

  it('A5.3 another parameter that stands twice is refused at the redirect URI', async () => {
    const { query, redirected } = await at()
    for (const name of ['scope', 'code_challenge', 'response_type', 'nonce', 'prompt']) {
      expect(await redirected(`${query({ [name]: ['a', 'a'] })}`), name).toBe('invalid_request')
    }
    // Of two states neither is the client's.
    expect(await redirected(query({ state: ['a', 'b'] }), null)).toBe('invalid_request')
  })

  it('A5.4 A4.12 resources may stand several times, and count all or not at all', async () => {
    const resources = [{ id: RESOURCE }, { id: 'https://rs.test/other' }]
    const { begin, query, redirected } = await at({ resources })
    const both = await begin(query({ resource: [RESOURCE, 'https://rs.test/other'] }))
    expect(both).toMatchObject({ kind: 'consent', view: { resources: [RESOURCE, 'https://rs.test/other'] } })
    expect(await redirected(query({ resource: [RESOURCE, 'https://evil.test'] }))).toBe('invalid_target')
  })

  it('A5.6 an empty parameter counts as none', async () => {
    const { begin, query, alice, auth } = await at()
    const ask = await begin(query({ state: '', scope: '', nonce: '' }))
    if (ask.kind !== 'consent') throw new Error(ask.kind)
    expect(ask.view.scopes.map(({ name }) => name)).toEqual(['read', 'write', 'admin'])
    const { response } = await auth.decide(ask.handle, {
      session: 's_1',
      subject: String(alice.subject),
      approve: true,
    })
    expect(locationOf(response)?.searchParams.has('state')).toBe(false)
  })

  it('A5.7 a form says everything itself: what is in the query besides, or otherwise, is refused', async () => {
    const { auth, alice, query, client } = await at()
    const posted = (body: string, search = '') =>
      auth.begin(
        new Request(`${ISSUER}/oauth/authorize${search}`, { method: 'POST', body: new URLSearchParams(body) }),
        alice,
      )
    expect((await posted(query())).kind).toBe('consent')
    expect((await posted(query(), `?client_id=${client}`)).kind).toBe('consent')
    for (const search of ['?client_id=other', '?scope=admin', `?client_id=${client}&client_id=${client}`]) {
      expect(await posted(query(), search), search).toMatchObject({ kind: 'refused', reason: 'parameter_conflict' })
    }
    const json = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }
    expect(await auth.begin(new Request(`${ISSUER}/oauth/authorize`, json), alice)).toMatchObject({
      kind: 'refused',
      reason: 'content_type',
    })
    const put = new Request(`${ISSUER}/oauth/authorize`, { method: 'PUT', body: 'x' })
    expect(await auth.begin(put, alice)).toMatchObject({ kind: 'refused', reason: 'method_not_allowed' })
  })

  it('A19.18 an authorization request by HEAD is none: it would have an effect', async () => {
    const { auth, client, asking, alice } = await at()
    const head = new Request(asking(client).request, { method: 'HEAD' })
    expect(await auth.begin(head, alice)).toMatchObject({ kind: 'refused', reason: 'method_not_allowed' })
  })

  it('A5.8 without a known client nothing is redirected', async () => {
    const { begin, query } = await at()
    for (const client_id of ['', 'c_unknown', '__proto__', 'https://evil.test/client', 'x'.repeat(5000), 'a b']) {
      const page = { kind: 'refused', reason: 'client_unknown', status: 400 }
      expect(await begin(query({ client_id })), client_id.slice(0, 40)).toMatchObject(page)
    }
  })

  it('A5.9 there is no other response type than code', async () => {
    const { query, redirected } = await at()
    for (const response_type of ['token', 'id_token', 'code token', 'code id_token', 'CODE', 'none', 'code ']) {
      expect(await redirected(query({ response_type })), response_type).toBe('unsupported_response_type')
    }
    expect(await redirected(query({ response_type: undefined }))).toBe('invalid_request')
    for (const response_mode of ['fragment', 'form_post', 'web_message']) {
      expect(await redirected(query({ response_mode })), response_mode).toBe('invalid_request')
    }
  })

  it('A5.11 a state comes back as it was, and one that is too long is refused without it', async () => {
    const { authorize, client, query, redirected } = await at()
    for (const state of ['a&b=c#d?e', 'a\r\nb: c', '😀 "\\', ' ', '%41+%20', 'x'.repeat(4096)]) {
      const { location } = await authorize(client, { state, prompt: 'consent' })
      expect(location?.searchParams.get('state')).toBe(state)
      expect(location?.searchParams.has('code')).toBe(true)
      expect(location?.hash).toBe('')
    }
    expect(await redirected(query({ state: 'x'.repeat(4097) }), null)).toBe('invalid_request')
    expect(await redirected(query({ state: '\r\n', scope: 'nope' }), '\r\n')).toBe('invalid_scope')
  })

  it('A5.12 a silent request with a redirect URI that is not registered is a page', async () => {
    const { begin, query } = await at()
    expect(await begin(query({ prompt: 'none', redirect_uri: 'https://evil.test/cb' }))).toMatchObject({
      kind: 'refused',
      reason: 'redirect_uri_mismatch',
    })
  })

  it('A5.13 a silent request leads back only to a client that the host registered, or that the user allowed something', async () => {
    const { auth, asking, authorize, selfRegistered, redirected, query, alice } = await at()
    expect(await redirected(query({ prompt: 'none' }))).toBe('consent_required')
    const stranger = await selfRegistered()
    const silent = (login = alice, fields = {}) =>
      auth.begin(asking(stranger, { scope: 'read', prompt: 'none', ...fields }).request, login)
    const page = { kind: 'refused', status: 400 }
    expect(await silent()).toMatchObject({ ...page, reason: 'consent_required' })
    expect(await silent({})).toMatchObject({ ...page, reason: 'login_required' })
    expect(await silent(alice, { scope: 'nope' })).toMatchObject({ ...page, reason: 'scope_unknown' })
    await authorize(stranger, { scope: 'read' })
    const known = await silent()
    expect(known.kind === 'redirect' && locationOf(known.response)?.searchParams.has('code')).toBe(true)
    expect((await silent(alice, { scope: 'write' })).kind).toBe('redirect')
    expect(await silent({ ...alice, subject: 'bob' })).toMatchObject({ ...page, reason: 'consent_required' })
  })

  it('A5.14 request objects are refused, and nothing is fetched', async () => {
    const { query, redirected } = await at()
    const fetched: unknown[] = []
    const real = globalThis.fetch
    globalThis.fetch = async (...args) => {
      fetched.push(args)
      return new Response()
    }
    try {
      expect(await redirected(query({ request: 'eyJhbGciOiJub25lIn0.e30.' }))).toBe('request_not_supported')
      expect(await redirected(query({ request: 'x'.repeat(10_000) }))).toBe('request_not_supported')
      for (const request_uri of ['https://evil.test/x', 'http://169.254.169.254/', 'urn:ietf:params:oauth:other:x']) {
        expect(await redirected(query({ request_uri })), request_uri).toBe('request_uri_not_supported')
      }
    } finally {
      globalThis.fetch = real
    }
    expect(fetched).toEqual([])
  })

  it('A5.16 A5.17 A5.18 pages get headers against frames and referrers, and redirects turn a form into a GET', async () => {
    const { begin, query, auth, client, asking, alice } = await at()
    const safe = {
      'content-security-policy': "frame-ancestors 'none'",
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    }
    const consent = await begin(query())
    const refused = await begin(query({ client_id: 'none' }))
    expect(consent).toMatchObject({ kind: 'consent', headers: safe })
    expect(refused).toMatchObject({ kind: 'refused', headers: safe })
    if (consent.kind !== 'consent') return
    const decided = await auth.decide(consent.handle, { session: 's_1', subject: 'alice', approve: true })
    const again = await auth.begin(asking(client).request, alice)
    for (const response of [decided.response, again.kind === 'redirect' ? again.response : undefined]) {
      expect(response?.status).toBe(303)
      for (const [name, value] of Object.entries(safe)) expect(response?.headers.get(name)).toBe(value)
    }
  })

  it('A5.19 what the client takes back before the user answers gets no answer', async () => {
    const { bare, auth, begin, query, client } = await at()
    for (const approve of [true, false]) {
      const ask = await begin(query())
      if (ask.kind !== 'consent') throw new Error(ask.kind)
      const { record, version } = await bare.get('client', client)
      if (record === undefined) throw new Error('no client')
      const moved = { ...record, metadata: { ...record.metadata, redirect_uris: ['https://client.test/new'] } }
      await bare.write('client', client, version, moved)
      const decided = await auth.decide(ask.handle, { session: 's_1', subject: 'alice', approve })
      expect(decided).toMatchObject({ ok: false, reason: 'redirect_uri_mismatch' })
      expect(decided.response.status).toBe(400)
      expect(decided.response.headers.has('location')).toBe(false)
      await bare.write('client', client, version + 1, record)
    }
  })

  it('A5.19 what the user saw of the client is what they allow: a client that shows itself otherwise meanwhile gets nothing', async () => {
    const { auth, asking, alice, register, send } = await at({ registration: { open: true } })
    const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', client_name: 'Good' }
    const { body } = await register(metadata)
    const client = String(body.client_id)
    const changes = [{ redirect_uris: [CALLBACK, 'https://evil.test/cb'] }, { client_name: 'Bank' }]
    for (const change of changes) {
      const ask = await auth.begin(asking(client).request, alice)
      if (ask.kind !== 'consent') throw new Error(ask.kind)
      await send('PUT', String(body.registration_client_uri), {
        body: { ...metadata, ...change, client_id: client },
        headers: { authorization: `Bearer ${body.registration_access_token}` },
      })
      const decided = await auth.decide(ask.handle, { session: 's_1', subject: 'alice', approve: true })
      expect(decided).toMatchObject({ ok: false, reason: 'interaction_outdated' })
      expect((await auth.grants.list({ subject: 'alice' })).items).toEqual([])
    }
  })

  it('a client that registered itself for several places is asked for each time, and one of one place is not', async () => {
    const { auth, asking, authorize, alice, register } = await at({ registration: { open: true } })
    const other = 'https://evil.test/cb'
    const kindOf = async (redirect_uris: readonly string[], redirect_uri: string) => {
      const { body } = await register({ redirect_uris, token_endpoint_auth_method: 'none' })
      const client = String(body.client_id)
      expect((await authorize(client)).location?.searchParams.get('code')).toMatch(/^ac_/)
      return (await auth.begin(asking(client, { redirect_uri }).request, alice)).kind
    }
    expect(await kindOf([CALLBACK, other], other)).toBe('consent')
    expect(await kindOf([CALLBACK, other], CALLBACK)).toBe('consent')
    expect(await kindOf([CALLBACK, `${CALLBACK}/2`], `${CALLBACK}/2`)).toBe('redirect')
  })

  it('an address that says that the user signed in for it passes for no login of long ago', async () => {
    const { begin, query, redirected, clock, alice } = await at()
    clock.advance('16m')
    for (const demand of [{ prompt: 'login' }, { max_age: '60' }]) {
      expect((await begin(query(demand))).kind).toBe('login')
      expect(await redirected(query({ ...demand, resumed: '0' }))).toBe('login_required')
      const again = { ...alice, authTime: clock.now() }
      expect((await begin(query({ ...demand, resumed: `${alice.authTime}` }), again)).kind).toBe('consent')
    }
  })

  it('A5.21 nobody is signed in whom the host does not name, with the moment when they signed in', async () => {
    const { auth, asking, client, begin, query } = await at()
    const request = () => asking(client).request
    // A second factor is still to come: the host names nobody.
    expect((await begin(query(), { session: 's_1' })).kind).toBe('login')
    const partial = [{ subject: 'alice' }, { subject: 'alice', session: 's_1' }, { subject: 'alice', authTime: 1 }]
    for (const login of [...partial, { subject: '', session: 's_1', authTime: 1 }]) {
      await expect(auth.begin(request(), login)).rejects.toMatchObject({ code: 'invalid_input' })
    }
    for (const authTime of [Number.NaN, -1, 1.5, JSON.parse('"1"')]) {
      const login = { subject: 'alice', session: 's_1', authTime }
      await expect(auth.begin(request(), login)).rejects.toMatchObject({ code: 'invalid_input' })
    }
    const ask = await begin(query())
    if (ask.kind !== 'consent') throw new Error(ask.kind)
    const answer = { session: 's_1', subject: 'alice', approve: true }
    for (const other of [{ subject: 'bob' }, { session: 's_2' }]) {
      const decided = await auth.decide(ask.handle, { ...answer, ...other })
      expect(decided).toMatchObject({ ok: false, reason: 'interaction_unknown' })
    }
    expect((await auth.decide(ask.handle, answer)).ok).toBe(true)
  })

  it('A5.22 every answer at the redirect URI says whose it is, once', async () => {
    const { authorize, client, auth, begin, query } = await at()
    const allowed = await authorize(client)
    const refused = await authorize(client, { scope: 'nope' })
    const ask = await begin(query({ prompt: 'consent' }))
    if (ask.kind !== 'consent') throw new Error(ask.kind)
    const denied = await auth.decide(ask.handle, { session: 's_1', subject: 'alice', approve: false })
    for (const location of [allowed.location, refused.location, locationOf(denied.response)]) {
      expect(location?.searchParams.getAll('iss')).toEqual([ISSUER])
    }
    expect(errorIn(locationOf(denied.response))).toBe('access_denied')
  })

  it('A5.23 hints and claims are bounded, and claims that cannot be read are refused', async () => {
    const { query, redirected, auth, alice, client, asking } = await at()
    for (const name of ['login_hint', 'ui_locales', 'claims', 'acr_values', 'id_token_hint', 'display', 'any']) {
      expect(await redirected(query({ [name]: 'x'.repeat(4097) })), name).toBe('invalid_request')
    }
    for (const claims of ['{', '[]', '"x"', 'null', '{"a":1,"a":2}', '['.repeat(2000)]) {
      expect(await redirected(query({ claims })), claims.slice(0, 9)).toBe('invalid_request')
    }
    const fine = asking(client, {
      claims: '{"userinfo":{"email":{"essential":true}}}',
      login_hint: 'alice',
      ui_locales: 'de en',
    })
    expect((await auth.begin(fine.request, alice)).kind).toBe('consent')
    const huge = new Request(`${ISSUER}/oauth/authorize?${query()}&login_hint=${'x'.repeat(1 << 20)}`)
    // A server of Node takes no address of that length in the first place.
    if (over.longest < Infinity) return
    expect(await auth.begin(huge, alice)).toMatchObject({ kind: 'refused', reason: 'unreadable' })
    expect(await redirected(query({ a: 'é'.repeat(4000), b: 'é'.repeat(4000) }))).toBe('invalid_request')
  })

  it('A7.1 A7.2 A7.3 every request brings an S256 challenge', async () => {
    const { query, redirected, begin } = await at()
    expect(await redirected(query({ code_challenge: undefined }))).toBe('invalid_request')
    for (const code_challenge_method of ['plain', undefined, 's256', 'S512', '', 'S256 ']) {
      expect(await redirected(query({ code_challenge_method })), code_challenge_method).toBe('invalid_request')
    }
    const valid = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    const wrong = [
      valid.slice(1),
      `${valid}A`,
      'A'.repeat(128),
      `${valid.slice(1)}=`,
      `+${valid.slice(1)}`,
      `/${valid.slice(1)}`,
    ]
    for (const code_challenge of [...wrong, ` ${valid.slice(1)}`, `${valid.slice(0, -1)}N`, `${valid}\n`]) {
      expect(await redirected(query({ code_challenge })), code_challenge).toBe('invalid_request')
    }
    for (const code_challenge of [valid, 'A'.repeat(43)]) {
      expect((await begin(query({ code_challenge }))).kind).toBe('consent')
    }
  })

  it('A4.1 A4.7 A4.8 scopes are those that there are and the client may have, in the grammar of the standard', async () => {
    const { query, redirected, auth, alice, asking, begin } = await at()
    const reader = await auth.clients.create({ by: system, redirectUris: [CALLBACK], scopes: ['read'] })
    const more = await auth.begin(asking(reader.client.id, { scope: 'read admin' }).request, alice)
    expect(more.kind === 'redirect' && errorIn(locationOf(more.response))).toBe('invalid_scope')
    const usual = await auth.begin(asking(reader.client.id).request, alice)
    expect(usual.kind === 'consent' && usual.view.scopes.map(({ name }) => name)).toEqual(['read'])
    const malformed = ['read\nadmin', 'read\tadmin', 'read  admin', 'read ', ' read', 're"ad', 're\\ad', '\0', '\u2028']
    const huge = [Array.from({ length: 10_000 }, (_, i) => i).join(' '), 'x'.repeat(60_000)]
    for (const scope of [...malformed, ...huge.filter((text) => text.length < over.longest)]) {
      const error = await redirected(query({ scope }))
      expect(['invalid_scope', scope.length > 4096 ? 'invalid_request' : ''], scope.slice(0, 9)).toContain(error)
    }
    const same = await begin(query({ scope: Array.from({ length: 800 }, () => 'read').join(' ') }))
    expect(same.kind === 'consent' && same.view.scopes.length).toBe(1)
    for (const scope of ['Read', 'toString', 'openid', '*']) {
      expect(await redirected(query({ scope })), scope).toBe('invalid_scope')
    }
  })

  it('A4.9 A4.11 a resource is one that there is, by its exact name', async () => {
    const { query, redirected } = await at()
    const names = ['https://other.test', `${RESOURCE}/`, 'https://RS.test/mcp', `${RESOURCE}#a`, '/mcp', 'mcp']
    for (const resource of [
      ...names,
      'javascript:alert(1)',
      'https://a:b@rs.test/mcp',
      `https://rs.test/${'x'.repeat(600)}`,
    ]) {
      expect(await redirected(query({ resource })), resource.slice(0, 40)).toBe('invalid_target')
    }
    const many = Array.from({ length: 21 }, () => RESOURCE)
    expect(await redirected(query({ resource: many }))).toBe('invalid_target')
  })

  it('A4.21 authorization details are refused, whatever they say', async () => {
    const { query, redirected } = await at()
    for (const authorization_details of ['[{"type":"payment"}]', '[]', '{', 'x']) {
      expect(await redirected(query({ authorization_details }))).toBe('invalid_authorization_details')
    }
  })

  it('a code is for a key only by a thumbprint that is one', async () => {
    const { query, redirected, begin } = await at()
    for (const dpop_jkt of ['x', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}=`, `${'A'.repeat(42)}B`]) {
      expect(await redirected(query({ dpop_jkt })), dpop_jkt).toBe('invalid_request')
    }
    expect((await begin(query({ dpop_jkt: 'A'.repeat(43) }))).kind).toBe('consent')
  })
})
