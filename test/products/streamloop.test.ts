import { createTokens, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../../examples/streamloop/catalogue.js'
import { ask, created, idOf, keyed, newest, opened, PAGE, rows, secretIn, submit } from './streamloop-support.js'
import { bearer, paces, readable, signedIn } from './support.js'

const SCOPES = ['read', 'write', 'destructive', 'billing'].map((name) => `streamloop:${name}`)

describe.each(paces)('API tokens of Streamloop, store: $name', ({ make }) => {
  it('SL1 a user makes a token that begins with sl_ and is sent as x-api-key', async () => {
    const { alice, origin } = await opened(make)
    const secret = await created(alice)
    expect(secret).toMatch(/^sl_[0-9A-Za-z]{44}$/)
    expect(await keyed(origin, secret).get('/v1/me')).toMatchObject({
      status: 200,
      json: { id: 'alice', name: 'Alice', scopes: expect.arrayContaining(SCOPES) },
    })
  })

  it('SL2 the list says of every token of the user its name, and when it was made, expires and was last used', async () => {
    const { alice, bob, clock, origin } = await opened(make)
    await created(bob, { name: 'Of bob' })
    await created(alice, { name: 'Backup', expires: 'never' })
    clock.advance('2h')
    const secret = await created(alice, { name: 'CI pipeline', expires: '30d' })
    expect(rows(await alice.get(PAGE))).toEqual([
      expect.stringMatching(/^CI pipeline sl_\w{11}… Full access just now in 30 days Never$/),
      expect.stringMatching(/^Backup sl_\w{11}… Full access 2 hours ago Never Never$/),
    ])

    clock.advance('1d')
    await keyed(origin, secret).get('/v1/me')
    clock.advance('3m')
    expect(await newest(await signedIn(origin, 'alice'))).toMatch(/ yesterday in 29 days 3 minutes ago$/)
  })

  it('SL2 an exact time stands behind each that is said loosely', async () => {
    const { clock, origin } = await opened(make)
    clock.set(Date.UTC(2027, 0, 31, 9, 5))
    const alice = await signedIn(origin, 'alice')
    await created(alice, { expires: '30d' })
    const { text } = await alice.get(PAGE)
    expect(text).toContain('<time datetime="2027-01-31T09:05:00.000Z" title="31 January 2027 at 09:05 UTC">just now')
    expect(text).toContain('title="2 March 2027 at 09:05 UTC">in 30 days')
  })

  it('SL2 a token that has expired is listed as such, and a long list comes page by page', async () => {
    const { clock, origin, ...then } = await opened(make)
    await created(then.alice, { name: 'Old', expires: '30d' })
    clock.advance('31d')
    const alice = await signedIn(origin, 'alice')
    expect(await newest(alice)).toMatch(/^Old .* 31 days ago Expired yesterday Never$/)

    for (let number = 1; number <= 21; number++) await created(alice, { name: `Token-${number}` })
    const first = await alice.get(PAGE)
    const older = /href="([^"]*cursor=[^"]*)"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const names = [...rows(first), ...rows(await alice.get(older))].map((row) => row.split(' ')[0])
    expect(names).toEqual([...Array.from({ length: 21 }, (_, i) => `Token-${21 - i}`), 'Old'])
    expect((await alice.get(`${PAGE}?cursor=nonsense`)).status).toBe(404)
  })

  it('SL3 a token takes a name and one of four lifetimes', async () => {
    const { alice, clock, origin } = await opened(make)
    const lifetimes = { '30d': '30d', '90d': '90d', '1y': '365d', never: '1000d' } as const
    const made = new Map<string, string>()
    for (const expires of Object.keys(lifetimes)) made.set(expires, await created(alice, { expires }))
    const living = async () => {
      const statuses = [...made].map(async ([expires, secret]) => {
        return (await keyed(origin, secret).get('/v1/me')).status === 200 ? expires : ''
      })
      return (await Promise.all(statuses)).filter(Boolean)
    }
    clock.advance('29d')
    expect(await living()).toEqual(['30d', '90d', '1y', 'never'])
    clock.advance('1d')
    expect(await living()).toEqual(['90d', '1y', 'never'])
    clock.advance('60d')
    expect(await living()).toEqual(['1y', 'never'])
    clock.advance('275d')
    expect(await living()).toEqual(['never'])
  })

  it.each([
    ['no name', { name: ' ' }, 'Give it a name'],
    ['a name that is too long', { name: 'x'.repeat(101) }, 'A name has 1 to 100 characters'],
    ['a name that nobody sees', { name: 'a\u202eb' }, 'A name has 1 to 100 characters'],
    ['another lifetime', { expires: '7d' }, 'Choose one of these.'],
    ['a lifetime in milliseconds', { expires: '2592000000' }, 'Choose one of these.'],
    ['no lifetime', { expires: '' }, 'Choose one of these.'],
    ['chosen scopes, and none', { access: 'chosen' }, 'Choose at least one of these.'],
    ['a scope that there is not', { access: 'chosen', scope: 'streamloop:admin' }, 'Choose at least one of these.'],
  ])('SL3 refuses %s, and says so at the field', async (_, fields, mistake) => {
    const { alice } = await opened(make)
    const refused = await submit(alice, PAGE, { name: 'Mine', expires: '90d', ...fields })
    expect(refused.status).toBe(422)
    expect(readable(refused.text)).toContain(mistake)
    expect(refused.text).toMatch(/<details class="new" open>/)
    expect(rows(await alice.get(PAGE))).toEqual([])
  })

  it('SL4 shows a token once, in a banner with a button to copy it, and never again', async () => {
    const { alice, store } = await opened(make)
    const made = await submit(alice, PAGE, { name: 'CI pipeline', expires: '90d' })
    const secret = secretIn(made)
    expect(made.headers.get('cache-control')).toBe('no-store')
    expect(made.text).toMatch(/class="banner".*data-copies="secret".*data-dismisses="new-secret"/s)
    expect(made.text.split(secret.slice(14))).toHaveLength(2)

    for (const path of [PAGE, '/settings/connected-apps', '/']) {
      expect((await alice.get(path)).text).not.toContain(secret.slice(14))
    }
    const { record } = await store.get('token', idOf(secret))
    expect(record).toBeDefined()
    expect(JSON.stringify(record)).not.toContain(secret.slice(14))
    await expect(
      createTokens({ store, catalogue, prefix: 'sl' }).reveal(idOf(secret), {
        by: user('alice', { scopes: catalogue.names }),
      }),
    ).rejects.toMatchObject({ code: 'not_sealed' })
  })

  it('SL5 revoking makes the very next request fail with 401, and takes the token off the list', async () => {
    const { alice, origin } = await opened(make)
    const [secret, other] = [await created(alice), await created(alice, { name: 'Other' })]
    const { text } = await alice.get(PAGE)
    expect(text).toContain(`popovertarget="revoke-${idOf(secret)}" aria-label="Revoke CI pipeline"`)
    expect(text).toMatch(new RegExp(`popover id="revoke-${idOf(secret)}".*Revoke “CI pipeline”\\?`, 's'))

    const revoked = await submit(alice, `${PAGE}/revoke`, { id: idOf(secret) })
    for (const path of ['/v1/me', '/v1/streams']) {
      expect((await keyed(origin, secret).get(path)).status).toBe(401)
      expect((await bearer(origin, secret).get(path)).status).toBe(401)
    }
    expect((await ask(keyed(origin, secret), '{ me { id } }')).status).toBe(401)
    expect((await keyed(origin, other).get('/v1/me')).status).toBe(200)

    const list = await alice.get(revoked.headers.get('location') ?? '')
    expect(readable(list.text)).toContain('The token has been revoked.')
    expect(rows(list)).toEqual([expect.stringMatching(/^Other /)])
  })

  it('SL5 a user revokes their own tokens alone', async () => {
    const { alice, bob, origin } = await opened(make)
    const secret = await created(alice)
    expect((await submit(bob, `${PAGE}/revoke`, { id: idOf(secret) })).status).toBe(404)
    for (const id of ['sl_00000000000', 'nonsense', '']) {
      expect((await submit(alice, `${PAGE}/revoke`, { id })).status).toBe(404)
    }
    expect((await keyed(origin, secret).get('/v1/me')).status).toBe(200)
  })

  it('SL6 x-api-key and Bearer both open REST and GraphQL, and nothing else does', async () => {
    const { alice, nobody, origin } = await opened(make)
    const secret = await created(alice)
    for (const program of [keyed(origin, secret), bearer(origin, secret)]) {
      expect((await program.get('/v1/me')).json).toMatchObject({
        id: 'alice',
        through: { kind: 'api_token', id: idOf(secret) },
      })
      expect((await program.get('/v1/streams')).json.data).toHaveLength(3)
      const answer = await ask(program, '{ me { id name } streams { id name } }')
      expect(answer).toMatchObject({ status: 200, json: { data: { me: { id: 'alice', name: 'Alice' } } } })
    }
    const refused = [
      nobody,
      alice,
      keyed(origin, `${secret}x`),
      bearer(origin, 'sl_nonsense'),
      nobody.with({ authorization: `Basic ${btoa(secret)}` }),
    ]
    for (const program of refused) {
      const answers = [
        await program.get('/v1/me'),
        await program.get('/v1/streams'),
        await ask(program, '{ me { id } }'),
      ]
      for (const { status, headers } of answers) {
        expect(status).toBe(401)
        expect(headers.get('www-authenticate')).toMatch(/^Bearer /)
      }
    }
    expect(
      (
        await keyed(origin, secret)
          .with({ authorization: `Bearer ${secret}` })
          .get('/v1/me')
      ).status,
    ).toBe(200)
    const two = keyed(origin, secret).with({ authorization: `Bearer ${await created(alice)}` })
    expect((await two.get('/v1/me')).status).toBe(400)
  })

  it('SL7 a token carries the role full access, and keeps pace with what that is', async () => {
    const { alice, origin, store } = await opened(make)
    const secret = await created(alice)
    const { record } = await store.get('token', idOf(secret))
    expect(record).toMatchObject({ roles: ['full access'], scopes: [] })
    expect((await keyed(origin, secret).get('/v1/billing')).status).toBe(200)
  })

  it('SL7 a token with chosen scopes may do no more than those', async () => {
    const { alice, origin } = await opened(make)
    const secret = await created(alice, { access: 'chosen', scope: ['streamloop:read', 'streamloop:billing'] })
    expect(await newest(alice)).toContain('streamloop:read, streamloop:billing')
    const program = keyed(origin, secret)
    expect((await program.get('/v1/streams')).status).toBe(200)
    expect((await program.get('/v1/billing')).status).toBe(200)
    expect((await program.post('/v1/streams', { name: 'Mine' })).status).toBe(403)
  })

  it('SL7 a record without scopes and roles allows nothing', async () => {
    const { alice, origin, store } = await opened(make)
    const secret = await created(alice)
    const { record, version } = await store.get('token', idOf(secret))
    if (record === undefined) throw new Error('the token is there')
    await store.write('token', idOf(secret), version, { ...record, roles: [] })
    for (const path of ['/v1/me', '/v1/streams', '/v1/billing']) {
      expect((await keyed(origin, secret).get(path)).status).toBe(403)
    }
  })

  it('SL14 an operation without its scope answers 403 insufficient_scope, over REST and GraphQL alike', async () => {
    const { alice, origin } = await opened(make)
    const streamsOf = async () => (await keyed(origin, all).get('/v1/streams')).json.data
    const all = await created(alice)
    const id = (await streamsOf())[0]?.id ?? ''
    const calls = [
      ['streamloop:read', 'GET', '/v1/me', '{ me { id } }'],
      ['streamloop:read', 'GET', '/v1/streams', '{ streams { id } }'],
      ['streamloop:read', 'GET', '/v1/playlists', '{ playlists { id } }'],
      ['streamloop:write', 'POST', '/v1/streams', 'mutation { createStream(name: "Mine") { id } }'],
      ['streamloop:billing', 'GET', '/v1/billing', '{ billing { plan } }'],
      ['streamloop:destructive', 'DELETE', `/v1/streams/${id}`, `mutation { deleteStream(id: "${id}") }`],
    ] as const
    for (const [needed, method, path, query] of calls) {
      const others = SCOPES.filter((scope) => scope !== needed)
      const poor = keyed(origin, await created(alice, { access: 'chosen', scope: others }))
      const rich = keyed(origin, await created(alice, { access: 'chosen', scope: [needed] }))
      for (const refused of [await poor.send(method, path), await ask(poor, query)]) {
        expect(refused).toMatchObject({ status: 403, json: { error: 'insufficient_scope' } })
        expect(refused.headers.get('www-authenticate')).toContain(`error="insufficient_scope"`)
        expect(refused.headers.get('www-authenticate')).toContain(`scope="${needed}"`)
      }
      expect((await rich.send(method, path)).status).toBeLessThan(300)
      expect(await ask(rich, query)).toMatchObject({ status: 200, json: { data: expect.anything() } })
    }
    expect((await streamsOf()).map(({ id }) => id)).not.toContain(id)
  })

  it('SL14 GraphQL asks for the scopes of all fields, by whatever name, in fragments and in operations that do not run', async () => {
    const { alice, origin } = await opened(make)
    const reads = keyed(origin, await created(alice, { access: 'chosen', scope: 'streamloop:read' }))
    const hidden = [
      '{ me { id } billing { plan } }',
      '{ me: billing { plan } }',
      '{ ...B } fragment B on Query { billing { plan } }',
      '{ ... on Query { billing { plan } } }',
      '{ billing @skip(if: true) { plan } me { id } }',
    ]
    for (const query of hidden) {
      const refused = await ask(reads, query)
      expect(refused.status).toBe(403)
      expect(refused.text).not.toContain('Creator')
    }
    const named = { query: 'query A { me { id } } query B { billing { plan } }', operationName: 'A' }
    expect((await reads.post('/graphql', named)).status).toBe(403)
    expect((await reads.send('GET', `/graphql?query=${encodeURIComponent('{ billing { plan } }')}`)).status).toBe(403)
    expect((await ask(reads, '{ __schema { queryType { name } } }')).status).toBe(200)
    for (const query of [`{ ${'me { id } '.repeat(2000)} }`, '{ nonsense }', '{']) {
      const strict = reads.with({ accept: 'application/graphql-response+json' })
      expect((await ask(strict, query)).status).toBe(400)
    }
  })

  it('SL14 streams are made and deleted by whom they belong to', async () => {
    const { alice, bob, origin } = await opened(make)
    const [hers, his] = [keyed(origin, await created(alice)), keyed(origin, await created(bob))]
    const made = await hers.post('/v1/streams', { name: 'Waves' })
    expect(made).toMatchObject({ status: 201, json: { name: 'Waves' } })
    expect((await his.get('/v1/streams')).text).not.toContain('Waves')
    expect((await his.delete(`/v1/streams/${made.json.id}`)).status).toBe(404)
    expect((await hers.delete(`/v1/streams/${made.json.id}`)).status).toBe(204)
    expect((await hers.delete(`/v1/streams/${made.json.id}`)).status).toBe(404)
    expect((await hers.send('POST', '/v1/streams', '{', 'application/json')).status).toBe(400)
    const before = (await hers.get('/v1/streams')).json
    const form = await hers.form('/v1/streams', { name: 'Waves', access_token: 'sl_x' })
    expect(form).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
    expect((await hers.get('/v1/streams')).json).toEqual(before)
    expect((await hers.get('/v1/nothing')).status).toBe(404)
  })

  it('SL16 a page on another origin may call the API with a bearer token, and acts for nobody who is signed in', async () => {
    const { alice, origin } = await opened(make)
    const secret = await created(alice)
    const elsewhere = { origin: 'https://docs.example' }
    for (const [path, method] of [
      ['/v1/me', 'GET'],
      ['/v1/streams/stream_1', 'DELETE'],
      ['/graphql', 'POST'],
    ] as const) {
      const preflight = await alice
        .with({
          ...elsewhere,
          'access-control-request-method': method,
          'access-control-request-headers': 'authorization,content-type',
        })
        .send('OPTIONS', path)
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
      expect(preflight.headers.get('access-control-allow-methods')).toContain(method)
      expect(preflight.headers.get('access-control-allow-headers')).toMatch(/authorization.*content-type/i)
      expect(preflight.headers.get('access-control-allow-headers')).not.toMatch(/api-key/i)
      expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
    }
    const called = await bearer(origin, secret).with(elsewhere).get('/v1/me')
    expect(called.status).toBe(200)
    expect(called.headers.get('access-control-allow-origin')).toBe('*')
    const refused = await alice.with(elsewhere).get('/v1/me')
    expect(refused.status).toBe(401)
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
    expect(refused.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
    expect((await alice.with(elsewhere).get(PAGE)).headers.get('access-control-allow-origin')).toBeNull()
  })
})
