import { createAccounts, user } from 'tokenloop'
import { accessTokens, createGuard, jwts } from 'tokenloop/resource'
import { faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { catalogue, flowTransports, forged, ISSUER, RESOURCE, type WorldOptions, world } from '../oauth/support.js'

const OPAQUE: WorldOptions = { resources: [{ id: RESOURCE, format: 'opaque' }] }

/** A client with tokens of alice's, and what becomes of them. */
async function connected(options: WorldOptions = {}) {
  const as = await world(options)
  const { keys, store, clock, post } = as
  const client = await as.publicClient()
  const guard = createGuard({
    resource: RESOURCE,
    catalogue,
    accept: [accessTokens({ issuer: ISSUER, store }), jwts({ issuer: ISSUER, keys, store, clock })],
  })
  const { access_token: access, refresh_token: refresh } = (await as.connect(client)).body
  const revoke = (token: unknown, fields = {}) =>
    post('/oauth/revoke', { client_id: client, token: String(token), ...fields })
  const works = async (token: unknown) =>
    (await guard.check(new Request(RESOURCE, { headers: { authorization: `Bearer ${token}` } }))).ok
  const refreshed = (token: unknown) =>
    post('/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token: String(token) })
  return { ...as, as, client, access, refresh, revoke, works, refreshed }
}

const DONE = { status: 200, body: {} }
const REFUSED = { status: 400, body: { error: 'invalid_grant' } }

describe.each(flowTransports)('RFC 7009 $name', (over) => {
  it('A17.8 a public client revokes its own refresh token, and all that came of it ends', async () => {
    const { access, refresh, revoke, works, refreshed, client, connect } = await connected({ over })
    const other = (await connect(client)).body
    const answer = await revoke(refresh)
    expect(answer).toMatchObject(DONE)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await works(access)).toBe(false)
    expect(await refreshed(refresh)).toMatchObject(REFUSED)
    expect(await works(other.access_token)).toBe(true)
    expect(await refreshed(other.refresh_token)).toMatchObject({ status: 200 })
  })

  it('a JWT access token ends its authorization', async () => {
    const { access, refresh, revoke, works, refreshed, events } = await connected({ over })
    expect(await revoke(access)).toMatchObject(DONE)
    expect(await works(access)).toBe(false)
    expect(await refreshed(refresh)).toMatchObject(REFUSED)
    expect(events.filter(({ type }) => type === 'authorization.ended')).toMatchObject([{ detail: { why: 'revoked' } }])
  })

  it('an opaque access token ends alone', async () => {
    const { access, refresh, revoke, works, refreshed } = await connected({ ...OPAQUE, over })
    expect(await works(access)).toBe(true)
    expect(await revoke(access)).toMatchObject(DONE)
    expect(await works(access)).toBe(false)
    const next = await refreshed(refresh)
    expect(next).toMatchObject({ status: 200 })
    expect(await works(next.body.access_token)).toBe(true)
    expect(await works(access)).toBe(false)
  })
})

describe('RFC 7009', () => {
  it('A17.9 a hint that is wrong, or none that is known, changes nothing', async () => {
    for (const token_type_hint of ['access_token', 'id_token', 'x', '']) {
      const { refresh, revoke, refreshed } = await connected()
      expect(await revoke(refresh, { token_type_hint })).toMatchObject(DONE)
      expect(await refreshed(refresh)).toMatchObject(REFUSED)
    }
    const { access, revoke, works } = await connected()
    expect(await revoke(access, { token_type_hint: 'refresh_token' })).toMatchObject(DONE)
    expect(await works(access)).toBe(false)
  })

  it('A17.11 an expired access token still ends what it came of, and so does a refresh token that was used', async () => {
    const expired = await connected()
    expired.clock.advance('1h')
    expect(await expired.works(expired.access)).toBe(false)
    expect(await expired.revoke(expired.access)).toMatchObject(DONE)
    expect(await expired.refreshed(expired.refresh)).toMatchObject(REFUSED)
    const used = await connected()
    const next = await used.refreshed(used.refresh)
    expect(await used.revoke(used.refresh)).toMatchObject(DONE)
    expect(await used.refreshed(next.body.refresh_token)).toMatchObject(REFUSED)
  })

  it('A17.12 twice, or of nothing, is the same', async () => {
    const { refresh, access, revoke, events } = await connected()
    for (const token of [refresh, refresh, access, 'nothing', 'rt_0', `${refresh}x`]) {
      expect(await revoke(token)).toMatchObject(DONE)
    }
    expect(events.filter(({ type }) => type === 'authorization.ended')).toHaveLength(1)
    const opaque = await connected(OPAQUE)
    for (const token of [opaque.access, opaque.access]) expect(await opaque.revoke(token)).toMatchObject(DONE)
    expect(opaque.events.filter(({ type }) => type === 'access.revoked')).toHaveLength(1)
  })

  it("A17.7 another client's token is answered alike, lives on, and is told", async () => {
    for (const options of [{}, OPAQUE]) {
      const { access, refresh, revoke, works, refreshed, confidentialClient, post, events } = await connected(options)
      const { basic, id } = await confidentialClient()
      for (const token of [access, refresh]) {
        expect(await post('/oauth/revoke', { token: String(token) }, basic)).toMatchObject(DONE)
      }
      expect(await works(access)).toBe(true)
      expect(await refreshed(refresh)).toMatchObject({ status: 200 })
      const told = { type: 'oauth.refused', detail: { endpoint: 'revoke', rule: 'token_of_another', about: id } }
      expect(events.filter(({ type }) => type === 'oauth.refused')).toMatchObject([told, told])
      expect(await revoke(access)).toMatchObject(DONE)
    }
  })

  it('whoever knows the locator of a refresh token alone ends nothing', async () => {
    const { refresh, revoke, refreshed, events } = await connected()
    expect(await revoke(forged(String(refresh)))).toMatchObject(DONE)
    expect(events.filter(({ type }) => type === 'authorization.ended')).toEqual([])
    expect(await refreshed(refresh)).toMatchObject({ status: 200 })
  })

  it('A17.13 a store that fails is unavailable, and never done', async () => {
    let faulty: ReturnType<typeof faultyStore<'reads' | 'writes'>> | undefined
    const of = await connected({
      wrap: (store) => {
        faulty = faultyStore(store, {
          reads: { point: 'before', method: 'getWith', when: ({ args: [kind] }) => kind !== 'client' },
          writes: { point: 'before', method: 'write' },
        })
        faulty.off()
        return faulty
      },
    })
    for (const name of ['reads', 'writes'] as const) {
      faulty?.on(name)
      const answer = await of.revoke(of.refresh)
      expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
      expect(answer.headers.get('retry-after')).toBe('1')
      faulty?.off()
    }
    expect(await of.works(of.access)).toBe(true)
    expect(await of.revoke(of.refresh)).toMatchObject(DONE)
  })

  it('a client has to be who it says, and to name one token', async () => {
    const { revoke, refresh, post, confidentialClient, auth } = await connected()
    const { id } = await confidentialClient()
    const wrong = { authorization: `Basic ${btoa(`${id}:wrong`)}` }
    expect(await post('/oauth/revoke', { token: String(refresh) }, wrong)).toMatchObject({ status: 401 })
    expect(await post('/oauth/revoke', { token: String(refresh) })).toMatchObject({ status: 401 })
    expect(await revoke(undefined, { token: undefined })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
    const repeated = { client_id: id, token: ['a', 'b'] }
    expect(await post('/oauth/revoke', repeated)).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    const get = await auth.handle(new Request(`${ISSUER}/oauth/revoke?token=${refresh}`))
    expect(get?.status).toBe(405)
  })

  it('A9.1 A17.14 reuse, and a user who is suspended, end opaque access tokens too', async () => {
    const { access, refresh, works, refreshed, clock, store, as, client } = await connected(OPAQUE)
    const next = await refreshed(refresh)
    const other = (await as.connect(client)).body
    await refreshed(next.body.refresh_token)
    clock.advance('31s')
    expect(await refreshed(refresh)).toMatchObject(REFUSED)
    expect([await works(access), await works(next.body.access_token)]).toEqual([false, false])
    expect(await works(other.access_token)).toBe(true)
    await createAccounts({ store, catalogue }).suspend(user('alice'), { by: user('alice') })
    expect(await works(other.access_token)).toBe(false)
  })
})
