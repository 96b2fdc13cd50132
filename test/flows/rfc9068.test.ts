import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose'
import { createGuard, jwts } from 'tokenloop/resource'
import { describe, expect, it } from 'vitest'
import { catalogue, flowTransports, ISSUER, RESOURCE, world } from '../oauth/support.js'

const OTHER = 'https://rs.test/other'

describe.each(flowTransports)('RFC 9068 $name', (over) => {
  it('an access token is a JWT that anybody can verify by the keys that are published', async () => {
    const { auth, connect, publicClient, clock, alice } = await world({ over })
    const client = await publicClient()
    const { body } = await connect(client, { scope: 'read write' })
    const jwt = String(body.access_token)
    const published = await auth.handle(new Request(`${ISSUER}/oauth/jwks`))
    if (published === undefined) throw new Error('nothing answers')
    const { keys } = (await published.json()) as { keys: JWK[] }
    const key = await importJWK(keys[0] as JWK, 'ES256')
    const { payload, protectedHeader } = await jwtVerify(jwt, key, {
      issuer: ISSUER,
      audience: RESOURCE,
      typ: 'at+jwt',
      currentDate: new Date(clock.now()),
    })
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: keys[0]?.kid })
    expect(payload).toMatchObject({
      iss: ISSUER,
      sub: 'alice',
      aud: RESOURCE,
      client_id: client,
      scope: 'read write',
      iat: clock.now() / 1000,
      exp: clock.now() / 1000 + 600,
      auth_time: (alice.authTime ?? 0) / 1000,
      jti: expect.any(String),
    })
  })

  it('a client that acts for itself is named in `sub`, and never passes for a user of that name', async () => {
    const { auth, post, keys, store, clock } = await world({ over })
    const made = await auth.clients.create({
      by: { kind: 'system' },
      grantTypes: ['client_credentials'],
      scopes: ['read'],
    })
    const basic = { authorization: `Basic ${btoa(`${made.client.id}:${made.secret?.reveal()}`)}` }
    const { body } = await post('/oauth/token', { grant_type: 'client_credentials' }, basic)
    const claims = decodeJwt(String(body.access_token))
    expect(claims).toMatchObject({ sub: made.client.id, client_id: made.client.id, tl: { kind: 'client' } })
    expect(claims).not.toHaveProperty('auth_time')
    const guard = createGuard({ resource: RESOURCE, catalogue, accept: [jwts({ issuer: ISSUER, keys, store, clock })] })
    const headers = { authorization: `Bearer ${body.access_token}` }
    const access = await guard.check(new Request(RESOURCE, { headers }), 'read')
    expect(access).toMatchObject({ ok: true, principal: { kind: 'client' } })
    if (access.ok) expect(access.principal).not.toHaveProperty('subject')
  })

  it('two tokens of one authorization are for one resource each, and differ in their ids', async () => {
    const { connect, publicClient, post } = await world({
      over,
      resources: [{ id: RESOURCE }, { id: OTHER, scopes: ['read'] }],
    })
    const client = await publicClient()
    const first = (await connect(client, { resource: [RESOURCE, OTHER] })).body
    const fields = {
      grant_type: 'refresh_token',
      client_id: client,
      refresh_token: String(first.refresh_token),
      resource: OTHER,
    }
    const second = (await post('/oauth/token', fields)).body
    const [a, b] = [first, second].map(({ access_token }) => decodeJwt(String(access_token)))
    expect([a?.aud, b?.aud, a?.scope, b?.scope]).toEqual([RESOURCE, OTHER, 'read write admin', 'read'])
    expect(a?.jti).not.toBe(b?.jti)
    expect(decodeProtectedHeader(String(second.access_token)).typ).toBe('at+jwt')
  })
})
