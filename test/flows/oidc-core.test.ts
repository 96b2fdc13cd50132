import { createHash } from 'node:crypto'
import { system, TokenloopError } from 'tokenloop'
import { createProver, issueJwt, staticKeys, verifyJwt } from 'tokenloop/jwt'
import type { ClaimsRequest, Login } from 'tokenloop/oauth'
import { describe, expect, it, vi } from 'vitest'
import { generateKey } from '../../src/jwt/jwk.js'
import { CALLBACK, flowTransports, ISSUER, locationOf, RESOURCE, world } from '../oauth/support.js'

const people: Record<string, { name: string; email: string }> = { alice: { name: 'Alice', email: 'a@acme.dev' } }
const claims = (subject: string, { scopes }: ClaimsRequest) => {
  const person = people[subject]
  if (person === undefined) return undefined
  return {
    name: scopes.includes('profile') ? person.name : undefined,
    ...(scopes.includes('email') && { email: person.email }),
  }
}

describe.each(flowTransports)('OpenID Connect Core $name', (over) => {
  const at = async (options: Parameters<typeof world>[0] = {}) => {
    const w = await world({ over, openid: { claims }, ...options })
    const client = await w.publicClient()
    const userinfo = (token: unknown, init: RequestInit = {}) =>
      w.call('/oauth/userinfo', { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } })
    const idToken = async (text: unknown) => {
      const { keys, clock } = w
      const checked = await verifyJwt(text, { issuer: ISSUER, audience: client, keys, clock, typ: 'JWT' })
      if (!checked.ok) throw new Error(checked.reason)
      return checked.claims
    }
    return { ...w, client, userinfo, idToken }
  }

  it('an ID token says who signed in, when and how, for which request and which access token', async () => {
    const { connect, client, idToken, alice, clock } = await at()
    const signedIn = clock.now()
    clock.advance('5m')
    const { body } = await connect(client, { scope: 'openid read', nonce: 'n-1' }, { ...alice, acr: 'mfa' })
    expect(body.scope).toBe('openid read')
    const hash = createHash('sha256').update(String(body.access_token)).digest().subarray(0, 16)
    expect(await idToken(body.id_token)).toMatchObject({
      iss: ISSUER,
      sub: 'alice',
      aud: client,
      azp: client,
      nonce: 'n-1',
      auth_time: signedIn / 1000,
      acr: 'mfa',
      at_hash: hash.toString('base64url'),
      exp: clock.now() / 1000 + 3600,
    })
  })

  it('a hint of whom a client takes its user for has to be them, however old it is', async () => {
    const { connect, client, asking, auth, alice, authorize, clock } = await at()
    const { body } = await connect(client, { scope: 'openid' })
    const id_token_hint = String(body.id_token)
    clock.advance('20d')
    const silent = async (login: Login) => {
      const { location } = await authorize(client, { scope: 'openid', prompt: 'none', id_token_hint }, login)
      return location?.searchParams.get('error') ?? 'code'
    }
    const bob = { ...alice, session: 's_2', subject: 'bob', authTime: clock.now() }
    await connect(client, { scope: 'openid' }, bob)
    expect(await silent(alice)).toBe('code')
    expect(await silent(bob)).toBe('login_required')
    expect(await silent({})).toBe('login_required')

    const begin = (login: Login) => auth.begin(asking(client, { scope: 'openid', id_token_hint }).request, login)
    const ask = await begin(bob)
    if (ask.kind !== 'login') throw new Error(ask.kind)
    expect(ask.wish.again).toBe(true)
    const back = (login: Login) => auth.begin(new Request(ISSUER + ask.resume), login)
    expect((await back({ ...alice, authTime: clock.now() })).kind).toBe('redirect')
    const stayed = await back(bob)
    expect(stayed.kind === 'redirect' && locationOf(stayed.response)?.searchParams.get('error')).toBe('login_required')
  })

  it('a hint that is no ID token of the client is refused', async () => {
    const { connect, client, authorize, auth, keys, clock } = await at()
    const { body } = await connect(client, { scope: 'openid' })
    const other = await auth.clients.create({ by: system, redirectUris: [CALLBACK] })
    const ofOther = await connect(other.client.id, { scope: 'openid' })
    const claims = { iss: ISSUER, sub: 'alice', aud: client }
    const foreign = await staticKeys({ sign: await generateKey(), clock })
    const late = { expiresIn: 60_000, at: clock.now() + 86_400_000, typ: 'JWT' }
    const hints = {
      'a text': 'no hint',
      'an access token': body.access_token,
      'that of another client': ofOther.body.id_token,
      'a changed one': `${String(body.id_token).slice(0, -4)}AAAA`,
      'one of another key': await issueJwt(foreign, claims, { expiresIn: 60_000, at: clock.now(), typ: 'JWT' }),
      'one of another issuer': await issueJwt(keys, { ...claims, iss: 'https://x.test' }, { ...late, at: clock.now() }),
      'one of tomorrow': await issueJwt(keys, claims, late),
    }
    for (const [what, hint] of Object.entries(hints)) {
      const { location } = await authorize(client, { scope: 'openid', id_token_hint: String(hint) })
      expect(location?.searchParams.get('error'), what).toBe('invalid_request')
      expect(location?.href, what).not.toContain(String(hint))
    }
    const plain = await world({ over })
    const asked = await plain.authorize(await plain.publicClient(), { scope: 'read', id_token_hint: 'x' })
    expect(asked.location?.searchParams.has('code')).toBe(true)
  })

  it('none is issued without the scope, and a refreshed one has no nonce', async () => {
    const { connect, client, idToken, post } = await at()
    expect((await connect(client, { scope: 'read', nonce: 'n' })).body).not.toHaveProperty('id_token')
    const { body } = await connect(client, { scope: 'openid', nonce: 'n' })
    const refresh_token = String(body.refresh_token)
    const refresh = (scope?: string) =>
      post('/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token, scope })
    const again = await idToken((await refresh()).body.id_token)
    expect(again).toMatchObject({ sub: 'alice', aud: client })
    expect(again).not.toHaveProperty('nonce')
  })

  it('it is no access token, and an access token is no ID token', async () => {
    const { connect, client, userinfo, keys, clock } = await at()
    const { body } = await connect(client, { scope: 'openid' })
    expect((await userinfo(body.id_token)).status).toBe(401)
    const audience = [client, RESOURCE]
    const checked = await verifyJwt(body.access_token, { issuer: ISSUER, audience, keys, clock, typ: 'JWT' })
    expect(checked).toMatchObject({ ok: false, reason: 'wrong_type' })
    expect(await verifyJwt(body.id_token, { issuer: ISSUER, audience, keys, clock })).toMatchObject({ ok: false })
  })

  it('userinfo says what the scopes allow, by GET and POST, to pages of other origins as well', async () => {
    const { connect, client, userinfo } = await at()
    const { body } = await connect(client, { scope: 'openid profile' })
    for (const method of ['GET', 'POST']) {
      const response = await userinfo(body.access_token, { method })
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ sub: 'alice', name: 'Alice' })
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
    }
    const more = await connect(client, { scope: 'openid profile email' })
    expect(await (await userinfo(more.body.access_token)).json()).toEqual({
      sub: 'alice',
      name: 'Alice',
      email: 'a@acme.dev',
    })
  })

  it('it takes opaque access tokens, and those bound to a key with a proof of it', async () => {
    const { connect, client, userinfo, codeFor, post, call, clock } = await at({
      resources: [{ id: RESOURCE, format: 'opaque' }],
    })
    const { body } = await connect(client, { scope: 'openid' })
    expect(await (await userinfo(body.access_token)).json()).toEqual({ sub: 'alice' })

    const prover = await createProver({ clock })
    const { code, verifier } = await codeFor(client, { scope: 'openid' })
    const redemption = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
    const dpop = await prover.proof({ method: 'POST', url: `${ISSUER}/oauth/token` })
    const bound = await post('/oauth/token', redemption, { dpop })
    expect(bound.body.token_type).toBe('DPoP')
    const accessToken = String(bound.body.access_token)
    const asking = async (scheme: string, proof?: string) => {
      const headers = { authorization: `${scheme} ${accessToken}`, ...(proof !== undefined && { dpop: proof }) }
      return call('/oauth/userinfo', { headers })
    }
    const proof = () => prover.proof({ method: 'GET', url: `${ISSUER}/oauth/userinfo`, accessToken })
    expect((await asking('DPoP', await proof())).status).toBe(200)
    const used = await proof()
    await asking('DPoP', used)
    for (const [scheme, sent] of [
      ['DPoP', used],
      ['DPoP', undefined],
      ['DPoP', 'x'],
      ['Bearer', await proof()],
    ] as const) {
      const refused = await asking(scheme, sent)
      expect(refused.status, `${scheme} ${sent}`).toBe(401)
      expect(refused.headers.get('www-authenticate')).toMatch(new RegExp(`^${scheme} error="`))
    }
    const stranger = await createProver({ clock })
    const foreign = await stranger.proof({ method: 'GET', url: `${ISSUER}/oauth/userinfo`, accessToken })
    expect((await asking('DPoP', foreign)).status).toBe(401)
    const unbound = { authorization: `DPoP ${body.access_token}`, dpop: await proof() }
    expect((await call('/oauth/userinfo', { headers: unbound })).status).toBe(401)
  })

  it('it challenges as a resource server does', async () => {
    const { connect, client, userinfo, call, clock } = await at()
    const bare = await call('/oauth/userinfo')
    expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    const wrong = await userinfo('x')
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"'])
    const malformed = await call('/oauth/userinfo', { headers: { authorization: 'Bearer' } })
    expect([malformed.status, malformed.headers.get('www-authenticate')]).toEqual([
      400,
      'Bearer error="invalid_request"',
    ])
    const basic = await call('/oauth/userinfo', { headers: { authorization: 'Basic eDp5' } })
    expect([basic.status, basic.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    // One for the resource alone is none for this server.
    const { body } = await connect(client, { scope: 'read' })
    expect((await userinfo(body.access_token)).status).toBe(401)
    const late = await connect(client, { scope: 'openid' })
    clock.advance('12m')
    expect((await userinfo(late.body.access_token)).status).toBe(401)
  })

  it.each(['jwt', 'opaque'] as const)(
    'a %s token that has ended, or lost the scope, says nothing more',
    async (format) => {
      const { connect, client, userinfo, bare } = await at({ resources: [{ id: RESOURCE, format }] })
      const { body } = await connect(client, { scope: 'openid profile' })
      const { items } = await bare.list('grant', { subject: 'alice' }, { limit: 1 })
      const [grant] = items
      if (grant === undefined) throw new Error('no grant')
      await bare.write('grant', grant.id, grant.version, { ...grant.record, scopes: ['profile'] })
      const narrowed = await userinfo(body.access_token)
      expect([narrowed.status, narrowed.headers.get('www-authenticate')]).toEqual([
        403,
        'Bearer error="insufficient_scope", scope="openid"',
      ])
      const revoked = { ...grant.record, status: 'revoked', epoch: grant.record.epoch + 1 } as const
      await bare.write('grant', grant.id, grant.version + 1, revoked)
      expect((await userinfo(body.access_token)).status).toBe(401)
    },
  )

  it('A20.18 a host that fails, hangs or answers anything else gives an error, and never an answer', async () => {
    const answers: Record<string, () => unknown> = {
      throws: () => {
        throw new Error('secret of the host')
      },
      'throws nothing': () => {
        throw null
      },
      rejects: () => Promise.reject(new Error('secret of the host')),
      null: () => null,
      text: () => 'alice',
      list: () => [],
      date: () => new Date(),
      map: () => new Map([['name', 'x']]),
      function: () => ({ name: () => 'x' }),
      'another user': () => ({ sub: 'bob' }),
      'an issuer': () => ({ iss: 'https://evil.test' }),
      'a scope': () => ({ name: 'x', scope: 'admin' }),
    }
    let answer: (() => unknown) | undefined
    const { connect, client, userinfo } = await at({ openid: { claims: () => answer?.() as { name: string } } })
    const { body } = await connect(client, { scope: 'openid' })
    for (const [name, one] of Object.entries(answers)) {
      answer = one
      const response = await userinfo(body.access_token)
      expect([response.status, await response.json()], name).toEqual([
        500,
        { error: 'server_error', error_description: 'The request failed' },
      ])
    }
    answer = () => Promise.reject(new TokenloopError('unavailable', 'later'))
    expect((await userinfo(body.access_token)).status).toBe(503)
    answer = () => undefined
    expect((await userinfo(body.access_token)).status).toBe(401)
  })

  it('a server without OpenID Connect knows nothing of it', async () => {
    const { auth, authorize } = await world({ over })
    expect(await auth.handle(new Request(`${ISSUER}/oauth/userinfo`))).toBeUndefined()
    const w = await world({ over })
    const client = await w.publicClient()
    expect((await w.authorize(client, { scope: 'openid' })).location?.searchParams.get('error')).toBe('invalid_scope')
    expect(authorize).toBeDefined()
  })

  it('the consent page says the scopes of the protocol in words, and a user may leave them out', async () => {
    const { auth, asking, alice, client, post } = await at()
    const { request, verifier } = asking(client, { scope: 'openid email offline_access read' })
    const ask = await auth.begin(request, alice)
    if (ask.kind !== 'consent') throw new Error(ask.kind)
    expect(ask.view.scopes.map(({ name, description }) => [name, description])).toEqual([
      ['openid', 'Know who you are'],
      ['email', 'See your email address'],
      ['offline_access', 'Stay connected while you are away'],
      ['read', 'Read things'],
    ])
    const answer = { session: 's_1', subject: 'alice', approve: true, scopes: ['read', 'admin'] }
    const { response } = await auth.decide(ask.handle, answer)
    const code = new URL(String(response.headers.get('location'))).searchParams.get('code') ?? ''
    const redemption = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
    const { body } = await post('/oauth/token', { ...redemption, redirect_uri: CALLBACK })
    expect(body).toMatchObject({ scope: 'read' })
    expect(body).not.toHaveProperty('id_token')
  })
})

describe('A20.18 a host that hangs', () => {
  it('is waited for five seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const w = await world({ openid: { claims: () => new Promise(() => {}) } })
      const { body } = await w.connect(await w.publicClient(), { scope: 'openid' })
      const asked = w.call('/oauth/userinfo', { headers: { authorization: `Bearer ${body.access_token}` } })
      let isAnswered = false
      const answered = asked.finally(() => {
        isAnswered = true
      })
      await vi.advanceTimersByTimeAsync(4999)
      expect(isAnswered).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect((await answered).status).toBe(503)
    } finally {
      vi.useRealTimers()
    }
  })
})
