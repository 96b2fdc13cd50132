import { decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { App, CALLBACK, cards, codeIn, consented, leadsTo, opens, questionIn } from './streamloop-apps-support.js'
import { ask, created, idOf, keyed, opened, PAGE, submit } from './streamloop-support.js'
import { bearer, paces, readable, signedIn } from './support.js'

const APPS = '/settings/connected-apps'
const ALL = 'streamloop:read streamloop:write streamloop:destructive streamloop:billing'

describe.each(paces)('connected apps of Streamloop, store: $name', ({ make }) => {
  it('SL8 the list says of each app its name or hostname, its scopes, when it was allowed and last used', async () => {
    const { alice, bob, clock, origin } = await opened(make)
    const named = await App.registered(origin)
    const nameless = await App.registered(origin, {})
    await named.connected(alice, { scope: 'streamloop:read streamloop:destructive' })
    clock.advance('2h')
    const { access_token } = await nameless.connected(alice)
    clock.advance('5m')
    expect(await opens(origin, access_token)).toBe(200)
    clock.advance('3m')

    const [newer = '', older = ''] = cards(await alice.get(APPS))
    expect(readable(newer)).toMatch(
      /^app\.example Read streams, .* streamloop:read Authorized 8 minutes ago · Last used 3 minutes ago/,
    )
    expect(readable(older)).toMatch(
      /^Acme Agent Read streams, .* streamloop:read Delete streams and destinations streamloop:destructive Authorized 2 hours ago · Last used 2 hours ago/,
    )
    expect(cards(await bob.get(APPS))).toEqual([])
  })

  it('SL9 disconnecting an app ends its codes, refresh tokens and access tokens at once, and asks anew', async () => {
    const { alice, origin } = await opened(make)
    const app = await App.registered(origin)
    const first = await app.connected(alice)
    const { path, verifier } = app.asking()
    const code = codeIn(await consented(alice, path))
    const key = await created(alice)
    const other = await (await App.registered(origin, { client_name: 'Other' })).connected(alice)

    const [, id = ''] =
      /popovertarget="revoke-([^"]+)" aria-label="Disconnect Acme Agent"/.exec((await alice.get(APPS)).text) ?? []
    const gone = await submit(alice, `${APPS}/revoke`, { id })
    expect(await opens(origin, first.access_token)).toBe(401)
    expect((await ask(bearer(origin, first.access_token), '{ me { id } }')).status).toBe(401)
    expect((await app.refresh(first.refresh_token)).set.error).toBe('invalid_grant')
    expect((await app.redeem(code, verifier)).set.error).toBe('invalid_grant')

    const list = await alice.get(gone.headers.get('location') ?? '')
    expect(readable(list.text)).toContain('The app has been disconnected.')
    expect(cards(list)).toHaveLength(1)
    expect((await keyed(origin, key).get('/v1/me')).status).toBe(200)
    expect(await opens(origin, other.access_token)).toBe(200)

    expect((await alice.get(app.asking().path)).status).toBe(200)
    const again = await app.connected(alice)
    expect(await opens(origin, again.access_token)).toBe(200)
    expect(await opens(origin, first.access_token)).toBe(401)
  })

  it('SL9 revoking a token touches no app, and nobody disconnects an app of somebody else', async () => {
    const { alice, bob, origin } = await opened(make)
    const set = await (await App.registered(origin)).connected(alice)
    await submit(alice, `${PAGE}/revoke`, { id: idOf(await created(alice)) })
    const [, id = ''] = /popovertarget="revoke-([^"]+)"/.exec((await alice.get(APPS)).text) ?? []
    expect((await submit(bob, `${APPS}/revoke`, { id })).status).toBe(404)
    expect((await submit(alice, `${APPS}/revoke`, { id: 'nonsense' })).status).toBe(404)
    expect(await opens(origin, set.access_token)).toBe(200)
  })

  it('SL10 an app gets in with PKCE S256 alone, and its access tokens are ES256 JWTs', async () => {
    const { alice, origin } = await opened(make)
    const app = await App.registered(origin)
    const set = await app.connected(alice)
    expect(decodeProtectedHeader(set.access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    expect(set).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'streamloop:read' })
    expect((await bearer(origin, set.access_token).get('/v1/me')).json).toMatchObject({
      id: 'alice',
      scopes: ['streamloop:read'],
      through: { kind: 'app', id: app.id },
    })
    for (const wrong of [
      { code_challenge: [] },
      { code_challenge_method: 'plain' },
      { code_challenge_method: [] },
      { response_type: 'token' },
    ]) {
      const url = leadsTo(await alice.get(app.asking(wrong).path))
      expect(url.origin + url.pathname).toBe(CALLBACK)
      expect(url.searchParams.get('error')).toMatch(/^(invalid_request|unsupported_response_type)$/)
    }
    const { path, verifier } = app.asking()
    const code = codeIn(await consented(alice, path))
    expect((await app.redeem(code, `${verifier}x`)).set.error).toBe('invalid_grant')
    expect((await app.redeem(code, verifier)).status).toBe(200)
  })

  it('SL10 a refresh token is replaced by each use, and survives a lost answer', async () => {
    const { alice, clock, origin } = await opened(make, { access: '3s', refreshWindow: '30s' })
    const app = await App.registered(origin)
    const first = await app.connected(alice)
    clock.advance('4s')
    const [lost, second] = [await app.refresh(first.refresh_token), await app.refresh(first.refresh_token)]
    expect(second.set.refresh_token).toBe(lost.set.refresh_token)
    expect(await opens(origin, second.set.access_token)).toBe(200)
    clock.advance('31s')
    expect((await app.refresh(first.refresh_token)).set.error).toBe('invalid_grant')
    expect((await app.refresh(second.set.refresh_token)).set.error).toBe('invalid_grant')
  })

  it('SL11 an app registers itself', async () => {
    const { nobody } = await opened(make)
    const registered = await nobody.post('/api/auth/oauth2/register', {
      client_name: 'Acme',
      redirect_uris: [CALLBACK],
    })
    expect(registered.status).toBe(201)
    expect(JSON.parse(registered.text)).toMatchObject({
      client_id: expect.any(String),
      client_name: 'Acme',
      redirect_uris: [CALLBACK],
    })
    expect((await nobody.post('/api/auth/oauth2/register', { redirect_uris: ['javascript:alert(1)'] })).status).toBe(
      400,
    )
  })

  it('SL12 SL13 says where everything is, in the documents that clients look for', async () => {
    const { nobody, origin } = await opened(make)
    const at = async (path: string): Promise<unknown> => JSON.parse((await nobody.get(path)).text)
    const server = {
      issuer: origin,
      authorization_endpoint: `${origin}/api/auth/oauth2/authorize`,
      token_endpoint: `${origin}/api/auth/oauth2/token`,
      registration_endpoint: `${origin}/api/auth/oauth2/register`,
      jwks_uri: `${origin}/api/auth/jwks`,
      code_challenge_methods_supported: ['S256'],
      scopes_supported: expect.arrayContaining(ALL.split(' ')),
    }
    expect(await at('/.well-known/oauth-authorization-server')).toMatchObject(server)
    expect(await at('/.well-known/openid-configuration')).toMatchObject(server)
    const resource = { resource: origin, authorization_servers: [origin], scopes_supported: ALL.split(' ') }
    expect(await at('/.well-known/oauth-protected-resource')).toMatchObject(resource)
    expect(await at('/.well-known/oauth-protected-resource/mcp')).toMatchObject({
      ...resource,
      resource: `${origin}/mcp`,
    })
    expect(await at('/api/auth/jwks')).toMatchObject({ keys: [{ kty: 'EC', crv: 'P-256', alg: 'ES256' }] })
    expect((await nobody.get('/v1/me')).headers.get('www-authenticate')).toContain(
      `resource_metadata="${origin}/.well-known/oauth-protected-resource"`,
    )
    for (const path of [
      '/.well-known/oauth-authorization-server',
      '/.well-known/oauth-protected-resource',
      '/api/auth/jwks',
    ]) {
      const { headers } = await nobody.with({ origin: 'https://docs.example' }).get(path)
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('cache-control')).toMatch(/^public, max-age=\d+$/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it('SL14 the consent page says who asks, where the answer goes, and what it is about; some of it may be allowed', async () => {
    const { alice, origin } = await opened(make)
    const app = await App.registered(origin)
    const { path, verifier } = app.asking({ scope: ALL })
    const page = readable((await alice.get(path)).text)
    expect(page).toContain('Acme Agent wants to use your Streamloop account')
    expect(page).toContain('Not verified That is what it calls itself; nobody has checked it.')
    expect(page).toContain('Where the answer goes app.example')
    expect(page).toContain('Delete streams and destinations Destructive streamloop:destructive')
    expect(page).toContain('What is deleted cannot be brought back.')
    const url = await consented(alice, path, { scope: ['streamloop:read', 'streamloop:write'] })
    expect(url.searchParams.get('state')).toBe('xyz')
    const { set } = await app.redeem(codeIn(url), verifier)
    expect(set.scope).toBe('streamloop:read streamloop:write')
    const program = bearer(origin, set.access_token)
    expect((await program.post('/v1/streams', { name: 'Waves' })).status).toBe(201)
    const refused = await program.get('/v1/billing')
    expect(refused).toMatchObject({ status: 403, json: { error: 'insufficient_scope' } })
    expect(refused.headers.get('www-authenticate')).toContain('scope="streamloop:billing"')

    const more = readable((await alice.get(app.asking({ scope: ALL }).path)).text)
    expect(more.match(/Already allowed/g)).toHaveLength(2)
    expect(readable((await alice.get(app.asking({ scope: 'streamloop:billing' }).path)).text)).not.toContain(
      'cannot be brought back',
    )
  })

  it('SL14 a denial is told to the app, and an answer counts once, from whom was asked', async () => {
    const { alice, bob, origin } = await opened(make)
    const app = await App.registered(origin)
    const { path } = app.asking()
    expect((await consented(alice, path, { answer: 'deny' })).searchParams.get('error')).toBe('access_denied')
    expect((await consented(alice, path, { scope: [] })).searchParams.get('error')).toBe('access_denied')

    const asked = questionIn(await alice.get(path))
    const answer = (caller: typeof bob, fields: object) =>
      caller.form('/api/auth/consent', { answer: 'allow', scope: 'streamloop:read', handle: asked.handle, ...fields })
    const { csrf } = questionIn(await bob.get(path))
    expect((await answer(bob, { csrf })).status).toBe(400)
    expect((await answer(alice, { csrf })).status).toBe(403)
    const elsewhere = await signedIn(origin, 'alice')
    expect((await answer(elsewhere, { csrf: questionIn(await elsewhere.get(path)).csrf })).status).toBe(400)
    expect((await answer(alice, { csrf: asked.csrf })).status).toBe(303)
    expect((await answer(alice, { csrf: asked.csrf })).status).toBe(400)
    expect((await answer(alice, { csrf: asked.csrf, handle: 'nonsense' })).status).toBe(400)
    expect(cards(await bob.get(APPS))).toEqual([])
  })

  it('SL14 a visitor signs in first, and an app that asks badly is not answered at all', async () => {
    const { alice, nobody, origin } = await opened(make)
    const app = await App.registered(origin)
    const { path } = app.asking()
    const { headers } = await nobody.get(path)
    const login = new URL(headers.get('location') ?? '', origin)
    expect(login.pathname).toBe('/login')
    const form = await nobody.get(login.pathname + login.search)
    expect(form.headers.get('content-security-policy')).toContain("form-action 'self' https://app.example;")
    const entered = await nobody.form('/login', { user: 'alice', next: login.searchParams.get('next') ?? '' })
    expect((await alice.get(entered.headers.get('location') ?? '')).text).toContain('name="handle"')

    const asked = await alice.get(path)
    expect(asked.headers.get('content-security-policy')).toContain("form-action 'self' https://app.example;")
    for (const wrong of [{ redirect_uri: 'https://evil.example/' }, { client_id: 'nobody' }]) {
      const refused = await alice.get(app.asking(wrong).path)
      expect(refused.status).toBe(400)
      expect(readable(refused.text)).toContain('This cannot go on')
    }
  })

  it('SL14 a device shows a code, and whoever types it is asked the same', async () => {
    const { alice, nobody, origin } = await opened(make)
    const device_code = 'urn:ietf:params:oauth:grant-type:device_code'
    const app = await App.registered(origin, { client_name: 'Acme TV', grant_types: [device_code], redirect_uris: [] })
    const started = await nobody.form('/api/auth/oauth2/device', { client_id: app.id, scope: 'streamloop:read' })
    const device = JSON.parse(started.text)
    expect(device.verification_uri).toBe(`${origin}/device`)
    expect(readable((await alice.get('/device')).text)).toContain('Code on the device')
    expect((await alice.get('/device?user_code=NONSENSE')).status).toBe(400)

    const path = `/device?user_code=${device.user_code}`
    expect((await nobody.get(path)).headers.get('location')).toMatch(/^\/login\?next=/)
    const asked = await alice.get(path)
    expect(readable(asked.text)).toContain(`Where the answer goes The device that shows ${device.user_code}`)
    expect(readable(asked.text)).toContain('Did somebody send it to you? Deny.')
    const answered = await alice.form('/api/auth/consent', {
      ...questionIn(asked),
      scope: 'streamloop:read',
      answer: 'allow',
    })
    expect(answered.status).toBe(200)
    expect(readable(answered.text)).toContain('You can go back to your device.')
    const { set } = await app.token({ grant_type: device_code, device_code: device.device_code })
    expect(await opens(origin, set.access_token)).toBe(200)
  })

  it('SL16 a page on another origin uses an access token, and gets new ones', async () => {
    const { alice, nobody, origin } = await opened(make)
    const app = await App.registered(origin)
    const { access_token } = await app.connected(alice)
    const elsewhere = { origin: 'https://docs.example' }
    const called = await bearer(origin, access_token).with(elsewhere).get('/v1/streams')
    expect(called).toMatchObject({ status: 200, json: { data: expect.any(Array) } })
    expect(called.headers.get('access-control-allow-origin')).toBe('*')
    const refused = await nobody.with(elsewhere).form('/api/auth/oauth2/token', { client_id: app.id })
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
  })
})
