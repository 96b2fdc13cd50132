import { inspect } from 'node:util'
import { system } from 'tokenloop'
import { createGuard, jwts } from 'tokenloop/resource'
import { faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import type { Exchanged } from '../../src/oauth/exchange.js'
import { catalogue, ISSUER, RESOURCE, type World, world } from './support.js'

async function pairOf({ auth }: World, more: object = {}) {
  const { client, secret } = await auth.clients.create({
    by: system,
    tenant: 'p1',
    description: 'Read-only API access',
    roles: ['Reader'],
    grantTypes: ['client_credentials', 'refresh_token'],
    ...more,
  })
  return { clientId: client.id, secret: secret?.reveal() }
}

const given = (set: Exchanged) => {
  if (!set.ok) throw new Error(set.reason)
  return { access: set.accessToken.reveal(), refresh: set.refreshToken?.reveal() }
}

const guardOf = ({ keys, store, clock }: World) =>
  createGuard({ resource: RESOURCE, catalogue, accept: [jwts({ issuer: ISSUER, keys, store, clock })] })
const sending = (token: string) => new Request(RESOURCE, { headers: { authorization: `Bearer ${token}` } })

describe('a client id with its secret', () => {
  it('SK3 is exchanged for an access and a refresh token, which print as nothing', async () => {
    const as = await world()
    const set = await as.auth.exchange(await pairOf(as))
    expect(set).toMatchObject({ ok: true, expiresIn: 600, expiresAt: as.clock.now() + 600_000, scopes: ['read'] })
    const { access, refresh } = given(set)
    expect(JSON.stringify(set) + inspect(set)).not.toContain(access)
    expect(JSON.stringify(set) + inspect(set)).not.toContain(refresh)
    const next = await as.auth.refresh({ refreshToken: refresh })
    expect(next).toMatchObject({ ok: true, scopes: ['read'] })
    expect(given(next).refresh).not.toBe(refresh)
  })

  it('SK8 acts by the roles of the client, inside its own tenant', async () => {
    const as = await world()
    const { access } = given(await as.auth.exchange(await pairOf(as)))
    const check = (scope: 'read' | 'write') => guardOf(as).check(sending(access), scope)
    expect(await check('read')).toMatchObject({
      ok: true,
      principal: { kind: 'client', tenant: 'p1', scopes: ['read'] },
    })
    expect(await check('write')).toMatchObject({ ok: false, reason: 'insufficient_scope' })
  })

  it('SK3 is refused alike whatever is wrong with it, and nothing is kept', async () => {
    const as = await world()
    const { clientId, secret } = await pairOf(as)
    const other = await pairOf(as)
    const wrong: readonly [unknown, unknown][] = [
      [clientId, other.secret],
      [clientId, `${secret}x`],
      [clientId, undefined],
      [clientId, { secret }],
      ['c_nobody', secret],
      [undefined, secret],
      [[clientId], secret],
      [`${clientId}\n`, secret],
    ]
    for (const [clientId, secret] of wrong) {
      expect(await as.auth.exchange({ clientId, secret })).toMatchObject({
        ok: false,
        error: 'invalid_client',
        status: 401,
      })
    }
    expect((await as.auth.grants.list()).items).toEqual([])
  })

  it('is refused to a client of another kind', async () => {
    const as = await world()
    const web = await as.confidentialClient()
    const asked = { clientId: web.id, secret: web.secret }
    expect(await as.auth.exchange(asked)).toMatchObject({ ok: false, error: 'unauthorized_client', status: 400 })
    const post = await pairOf(as, { authMethod: 'client_secret_post' })
    expect(await as.auth.exchange(post)).toMatchObject({ ok: true })
  })

  it('has a refresh token only where it is registered for it', async () => {
    const as = await world()
    const set = await as.auth.exchange(await pairOf(as, { grantTypes: ['client_credentials'] }))
    expect(set).toMatchObject({ ok: true, refreshToken: undefined })
  })

  it('SK7 ends with all that came of it', async () => {
    const as = await world()
    const pair = await pairOf(as)
    const { access, refresh } = given(await as.auth.exchange(pair))
    await as.auth.grants.revokeAll({ by: system, client: pair.clientId })
    expect(await guardOf(as).check(sending(access))).toMatchObject({ ok: false, reason: 'revoked' })
    expect(await as.auth.refresh({ refreshToken: refresh })).toMatchObject({
      ok: false,
      error: 'invalid_grant',
      status: 400,
    })
  })

  it('is unavailable where the store fails, and not wrong', async () => {
    const as = await world({ wrap: (store) => faultyStore(store, { reads: { point: 'before', method: 'getWith' } }) })
    const asked = { clientId: 'c_1', secret: 'cs_x' }
    expect(await as.auth.exchange(asked)).toMatchObject({ ok: false, reason: 'unavailable', status: 503 })
  })
})

describe('auth.refresh', () => {
  it('gives the same successor again to a repeat, and ends the authorization on reuse', async () => {
    const as = await world()
    const pair = await pairOf(as)
    const { refresh } = given(await as.auth.exchange(pair))
    const other = given(await as.auth.exchange(pair))
    const next = given(await as.auth.refresh({ refreshToken: refresh }))
    expect(given(await as.auth.refresh({ refreshToken: refresh })).refresh).toBe(next.refresh)
    as.clock.advance('31s')
    expect(await as.auth.refresh({ refreshToken: refresh })).toMatchObject({ ok: false, reason: 'refresh_reused' })
    expect(await as.auth.refresh({ refreshToken: next.refresh })).toMatchObject({ ok: false, reason: 'grant_ended' })
    expect(await as.auth.refresh({ refreshToken: other.refresh })).toMatchObject({ ok: true })
  })

  it('A9.8 takes no refresh token of a user: its client has to authenticate', async () => {
    const as = await world()
    const { id, basic } = await as.confidentialClient()
    const { code, verifier } = await as.codeFor(id)
    const redemption = { grant_type: 'authorization_code', code, code_verifier: verifier }
    const { body } = await as.post('/oauth/token', redemption, basic)
    const asked = { refreshToken: body.refresh_token }
    expect(await as.auth.refresh(asked)).toMatchObject({ ok: false, error: 'invalid_grant' })
    const refreshing = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) }
    expect(await as.post('/oauth/token', { ...refreshing, client_id: id })).toMatchObject({ status: 401 })
    expect(await as.post('/oauth/token', refreshing, basic)).toMatchObject({ status: 200 })
  })

  it.each([undefined, null, 7, '', 'rt_x', {}, ['x']])('takes anything: %j', async (refreshToken) => {
    const { auth } = await world()
    expect(await auth.refresh({ refreshToken })).toMatchObject({ ok: false, error: 'invalid_grant', status: 400 })
  })
})
