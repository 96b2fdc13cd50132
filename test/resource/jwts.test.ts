import { createTokens, memoryStore, system, user as userOf } from 'tokenloop'
import { apiTokens, createGuard, jwts, metadataUrl } from 'tokenloop/resource'
import { faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { ISSUER, RESOURCE, realm } from './jwt-support.js'
import { bearer, catalogue, get, refusal } from './support.js'

const METADATA = 'resource_metadata="https://api.acme.dev/.well-known/oauth-protected-resource"'
const by = { by: system }

describe('an access token', () => {
  it('lets pass whom it is for, with the scopes that the grant still has', async () => {
    const { guardOf, store, issue, change } = await realm()
    const guard = guardOf({ store })
    const request = bearer(await issue({ scope: 'issues:write reports:read unknown:scope' }))
    const access = await guard.check(request, 'issues:read')
    expect(access).toMatchObject({
      ok: true,
      freshness: 'immediate',
      principal: { kind: 'grant', subject: 'u_1', client: 'c_1', tenant: 'ws_1', grant: 'g_1', authorization: 'a_1' },
    })
    expect(access.ok && access.principal.scopes).toEqual(['issues:read', 'issues:write', 'reports:read'])
    await change('grant', 'g_1', { scopes: ['issues:read'] }, 'narrowed')
    const narrowed = await guard.check(request)
    expect(narrowed.ok && narrowed.principal.scopes).toEqual(['issues:read'])
  })

  it('of a client that acts for itself has no subject, whatever it is called', async () => {
    const { guardOf, store, ownToken, change } = await realm()
    const guard = guardOf({ store })
    const access = await guard.check(bearer(await ownToken()))
    expect(access).toMatchObject({ ok: true, principal: { kind: 'client', client: 'c_1', scopes: ['issues:read'] } })
    expect(access.ok && 'subject' in access.principal).toBe(false)
    // Roles of the client are resolved when it is checked.
    await change('grant', 'g_2', { scopes: [] }, 'narrowed')
    expect(await guard.check(bearer(await ownToken()))).toMatchObject({ principal: { scopes: [] } })
    await change('client', 'c_1', { roles: ['Reader'] }, 'narrowed')
    expect(await guard.check(bearer(await ownToken()))).toMatchObject({ principal: { scopes: ['issues:read'] } })
  })

  it.each([
    ['of a client that names a user', { tl: { kind: 'client', tenant: 'ws_1', grant: 'g_2', epochs: [0, 0, 0, 0] } }],
    ['of a user that hangs on the grant of a client', { tl: { kind: 'user', grant: 'g_2', epochs: [0, 0, 0, 0] } }],
    ['for another user than that of the grant', { sub: 'u_2' }],
    ['for another client than that of the grant', { client_id: 'c_2' }],
    ['that does not say whom it is for', { tl: undefined }],
  ])('%s is refused', async (_, claims) => {
    const { guardOf, store, issue } = await realm()
    expect(await refusal(guardOf({ store }).check(bearer(await issue(claims))))).toMatchObject({ status: 401 })
  })

  it('A4.13, A4.14 for another resource, or one that is almost this one, is refused', async () => {
    const { guardOf, store, issue } = await realm()
    const guard = guardOf({ store }, 'https://rs.test/mcp')
    for (const aud of ['https://rs.test/mcp/', 'https://RS.test/mcp', 'https://rs.test', RESOURCE]) {
      const answer = await refusal(guard.check(bearer(await issue({ aud }))))
      expect(answer).toMatchObject({ status: 401, reason: 'wrong_audience' })
      expect(answer.headers['www-authenticate']).toContain('error="invalid_token"')
    }
    expect(await guard.check(bearer(await issue({ aud: ['https://x.test', 'https://rs.test/mcp'] })))).toMatchObject({
      ok: true,
    })
  })

  it('A4.19 without all that is needed is told all of it, and where the authorization server is named', async () => {
    const { guardOf, store, issue } = await realm()
    const request = bearer(await issue({ scope: 'issues:read' }))
    const answer = await refusal(guardOf({ store }).check(request, ['issues:read', 'reports:read']))
    expect(answer).toMatchObject({ status: 403, reason: 'insufficient_scope' })
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="https://api.acme.dev", error="insufficient_scope", error_description="The credential does not allow this", ' +
        `scope="issues:read reports:read", ${METADATA}`,
    )
  })

  it.each([
    ['cnf', { cnf: { jkt: 'a'.repeat(43) } }],
    ['authorization_details', { authorization_details: [{ type: 'payment' }] }],
  ])('A4.21, A4.22 bound by %s to what is not checked is refused', async (_, claims) => {
    const { guardOf, store, issue } = await realm()
    for (const guard of [guardOf({ store }), guardOf()]) {
      const answer = await refusal(guard.check(bearer(await issue(claims))))
      expect(answer).toMatchObject({ status: 401, reason: 'unsupported' })
    }
  })

  it('A2.1, A2.9, A2.11 is not there without a header: the challenge says where to get one, and no error', async () => {
    const { guardOf, issue } = await realm()
    const text = await issue()
    const inQuery = new Request(`https://api.acme.dev/v1?access_token=${text}`)
    for (const request of [
      get(),
      inQuery,
      get(['authorization', `DPoP ${text}`]),
      get(['authorization', `Basic ${text}`]),
    ]) {
      const answer = await refusal(guardOf().check(request))
      expect(answer).toMatchObject({ status: 401, reason: 'missing' })
      expect(answer.headers['www-authenticate']).toBe(`Bearer realm="https://api.acme.dev", ${METADATA}`)
    }
  })

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('A2.2 is taken under the scheme "%s"', async (scheme) => {
    const { guardOf, issue } = await realm()
    expect(await guardOf().check(get(['authorization', `${scheme} ${await issue()}`]))).toMatchObject({ ok: true })
  })

  it('stands beside API tokens and other issuers in one place', async () => {
    const { keys, clock, issue } = await realm()
    const tokens = createTokens({ store: memoryStore(), catalogue, prefix: 'cl' })
    const { secret } = await tokens.issue({ by: system, owner: userOf('u_1'), name: 'ci', scopes: ['issues:read'] })
    const other = jwts({ issuer: 'https://other.test', keys, clock })
    const accept = [apiTokens(tokens), other, jwts({ issuer: ISSUER, keys, clock })]
    const guard = createGuard({ resource: RESOURCE, catalogue, accept })
    expect(await guard.check(bearer(secret.reveal()))).toMatchObject({ ok: true, principal: { kind: 'token' } })
    expect(await guard.check(bearer(await issue()))).toMatchObject({ ok: true, principal: { kind: 'grant' } })
    expect(await refusal(guard.check(bearer(await issue({ iss: 'https://evil.test' }))))).toMatchObject({
      status: 401,
      reason: 'wrong_issuer',
    })
    expect(guard.metadata().authorization_servers).toEqual(['https://other.test', ISSUER])
  })

  it('of an issuer that does not say whom it is for is for whom the host says', async () => {
    const { guardOf, issue } = await realm()
    const text = await issue({ tl: undefined, sub: 'c_1@clients' })
    expect(await refusal(guardOf().check(bearer(text)))).toMatchObject({ reason: 'invalid_claims' })
    const guard = guardOf({ kindOf: ({ sub }) => (sub?.endsWith('@clients') ? 'client' : 'user') })
    expect(await guard.check(bearer(text))).toMatchObject({ principal: { kind: 'client', client: 'c_1' } })
    const failing = guardOf({
      kindOf: () => {
        throw new Error('broken')
      },
    })
    expect(await refusal(failing.check(bearer(text)))).toMatchObject({ status: 503 })
  })
})

describe('A17.16 a token that is used after its revocation', () => {
  type Realm = Awaited<ReturnType<typeof realm>>
  const ENDS: Readonly<Record<string, (at: Realm) => Promise<unknown>>> = {
    'its authorization ended': ({ change }) => change('authorization', 'a_1', { status: 'ended' }),
    'its grant was revoked': ({ change }) => change('grant', 'g_1', { status: 'revoked', epoch: 1 }),
    'its grant was revoked and given anew': ({ change }) => change('grant', 'g_1', { epoch: 2 }),
    'its client was cut off': ({ change }) => change('client', 'c_1', { epoch: 1 }),
    'its client was deleted': ({ change }) => change('client', 'c_1', { status: 'deleted' }),
    'its client is suspended': ({ change }) => change('client', 'c_1', { status: 'suspended' }, 'paused'),
    'its user is suspended': ({ accounts }) => accounts.suspend(userOf('u_1'), by),
    'its user was cut off': ({ accounts }) => accounts.cutOff(userOf('u_1'), by),
    'its user was deleted': ({ accounts }) => accounts.delete(userOf('u_1'), by),
    'its tenant is suspended': ({ accounts }) => accounts.suspend({ kind: 'tenant', id: 'ws_1' }, by),
    'its tenant was cut off': ({ accounts }) => accounts.cutOff({ kind: 'tenant', id: 'ws_1' }, by),
  }
  it.each(Object.entries(ENDS))(
    'is refused where %s: with the store at once, by the feed within its bound',
    async (_, end) => {
      const at = await realm()
      const { guardOf, store, issue, follow, clock } = at
      const [immediate, followed, neither] = [guardOf({ store }), guardOf({ revocations: follow() }), guardOf()]
      const request = bearer(await issue())
      expect(await immediate.check(request)).toMatchObject({ ok: true, freshness: 'immediate' })
      expect(await followed.check(request)).toMatchObject({ ok: true, freshness: { maxStaleness: 5000 } })
      await end(at)
      expect(await refusal(immediate.check(request))).toMatchObject({ status: 401 })
      clock.advance(5000)
      expect(await refusal(followed.check(request))).toMatchObject({ status: 401 })
      // And this one says that nobody was asked.
      expect(await neither.check(request)).toMatchObject({ ok: true, freshness: 'until_expiry' })
    },
  )

  it('is accepted again where its user was resumed', async () => {
    const { guardOf, store, issue, follow, accounts, clock } = await realm()
    const request = bearer(await issue())
    const [immediate, followed] = [guardOf({ store }), guardOf({ revocations: follow() })]
    await accounts.suspend(userOf('u_1'), by)
    await accounts.resume(userOf('u_1'), by)
    clock.advance(5000)
    for (const guard of [immediate, followed]) expect(await guard.check(request)).toMatchObject({ ok: true })
  })
})

describe('R23 a store that is gone', () => {
  it('is 503 where it is asked, and nothing where it is not', async () => {
    const { guardOf, store, issue, follow } = await realm({
      wrap: (bare) => faultyStore(bare, { gone: { point: 'before' } }),
    })
    const request = bearer(await issue())
    for (const guard of [guardOf({ store }), guardOf({ revocations: follow() })]) {
      const answer = await refusal(guard.check(request))
      expect(answer).toMatchObject({ status: 503, reason: 'unavailable' })
      expect(answer.headers['retry-after']).toBe('1')
    }
    expect(await guardOf().check(request)).toMatchObject({ ok: true, freshness: 'until_expiry' })
  })

  it('is never asked about what is no token of the issuer', async () => {
    const { guardOf, store } = await realm({ wrap: (bare) => faultyStore(bare, { gone: { point: 'before' } }) })
    expect(await refusal(guardOf({ store }).check(bearer('a.b.c')))).toMatchObject({ status: 401 })
  })
})

describe('a stronger sign-in', () => {
  const SIGNED = { auth_time: 0, acr: 'urn:acme:mfa' }

  it('is asked for by how and how long ago', async () => {
    const { guardOf, issue, clock } = await realm()
    const guard = guardOf()
    const signed = { ...SIGNED, auth_time: clock.now() / 1000 }
    const request = bearer(await issue(signed))
    clock.advance('10m')
    expect(await guard.check(request, [], { acr: ['urn:acme:mfa', 'urn:acme:key'], maxAge: '10m' })).toMatchObject({
      ok: true,
    })
    const answer = await refusal(guard.check(request, [], { acr: ['urn:acme:key'], maxAge: '599s' }))
    expect(answer).toMatchObject({ status: 401, reason: 'insufficient_authentication' })
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="https://api.acme.dev", error="insufficient_user_authentication", ' +
        `error_description="The user has to sign in anew, or in a stronger way", acr_values="urn:acme:key", max_age="599", ${METADATA}`,
    )
    expect(await refusal(guard.check(request, [], { maxAge: '599s' }))).toMatchObject({ status: 401 })
    expect(await refusal(guard.check(request, [], { acr: 'urn:acme:key' }))).toMatchObject({ status: 401 })
  })

  it('is not what a token has that does not say so, nor a client, nor an API token', async () => {
    const { guardOf, issue, ownToken } = await realm()
    for (const text of [await issue(), await ownToken(SIGNED), await issue({ auth_time: 4e9 })]) {
      const answer = await refusal(guardOf().check(bearer(text), [], { maxAge: '1y' }))
      expect(answer).toMatchObject({ status: 401, reason: 'insufficient_authentication' })
    }
    const tokens = createTokens({ store: memoryStore(), catalogue, prefix: 'cl' })
    const limits = [{ name: 'calls', limit: 1, every: '1h' }] as const
    const { secret } = await tokens.issue({ by: system, owner: userOf('u_1'), name: 'ci', scopes: [], limits })
    const guard = createGuard({ resource: RESOURCE, catalogue, accept: [apiTokens(tokens)] })
    expect(await refusal(guard.check(bearer(secret.reveal()), [], { maxAge: '1y' }))).toMatchObject({ status: 401 })
    // What was refused burnt nothing.
    expect(await guard.check(bearer(secret.reveal()))).toMatchObject({ ok: true })
  })

  it.each([{ acr: [] }, { acr: '' }, { acr: 'a b' }, { acr: 'a"' }, { acr: [7] }, { maxAge: 'soon' }])(
    'cannot be asked for as %j',
    async (input) => {
      const { guardOf } = await realm()
      await expect(guardOf().check(get(), [], input as never)).rejects.toMatchObject({ code: 'invalid_option' })
    },
  )
})

describe('the metadata of a guard', () => {
  it('names the resource, its authorization servers and its scopes', async () => {
    const { guardOf } = await realm()
    expect(guardOf().metadata()).toEqual({
      resource: RESOURCE,
      authorization_servers: [ISSUER],
      scopes_supported: ['issues:read', 'issues:write', 'reports:read'],
      bearer_methods_supported: ['header'],
    })
  })

  it.each([
    ['https://a.dev', 'https://a.dev/.well-known/oauth-protected-resource'],
    ['https://a.dev/', 'https://a.dev/.well-known/oauth-protected-resource'],
    ['https://a.dev/mcp', 'https://a.dev/.well-known/oauth-protected-resource/mcp'],
    ['https://a.dev/mcp/?k=1', 'https://a.dev/.well-known/oauth-protected-resource/mcp/?k=1'],
    ['urn:acme:api', undefined],
  ])('of %s is at %s', (resource, url) => expect(metadataUrl(resource)?.href).toBe(url))
})

describe('jwts', () => {
  it('refuses options that could verify nothing, or that say two things', async () => {
    const { keys, store, follow } = await realm()
    const base = { issuer: ISSUER, keys }
    const wrong = [
      { ...base, issuer: '' },
      { issuer: ISSUER },
      { ...base, store, revocations: follow() },
      { ...base, store: {} },
      { ...base, revocations: {} },
      { ...base, store, kindOf: () => 'user' },
      { ...base, kindOf: 'user' },
      { ...base, clockSkew: '6m' },
      { ...base, dpop: { seen: store } },
      { ...base, audience: RESOURCE },
    ]
    for (const options of wrong)
      expect(() => jwts(options as never)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })
})
