import { describe, expect, it } from 'vitest'
import { connected, made, opened } from './streamkap-support.js'
import { paces } from './support.js'

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

describe.each(paces)('Streamkap over HTTP, on $name,', ({ make }) => {
  it('SK1 a token belongs to one project and to one or more roles, and has a description', async () => {
    const { alice } = await opened(make)
    const pair = await made(alice, { roles: ['Read Only', 'Admin'], description: 'nightly' }, 'p2')
    expect(pair).toMatchObject({ roles: ['Read Only', 'Admin'], description: 'nightly' })
    expect((await alice.get('/api/projects/p1/api-tokens')).text).toBe('{"data":[],"next_cursor":null}')
    const { status, json } = await alice.post('/api/projects/p1/api-tokens', { description: 'none', roles: ['Owner'] })
    expect([status, json]).toEqual([422, { error: 'unknown_role' }])
    expect((await alice.post('/api/projects/p3/api-tokens', { description: 'x', roles: ['Admin'] })).status).toBe(404)
  })

  it('SK1 a token without a role or a description is not made', async () => {
    const { alice } = await opened(make)
    for (const wish of [
      { description: 'x', roles: [] },
      { description: 'x' },
      { roles: ['Admin'] },
      { description: 7, roles: 'Admin' },
      [],
    ]) {
      expect((await alice.post('/api/projects/p1/api-tokens', wish)).status, JSON.stringify(wish)).toBe(422)
    }
    expect((await alice.get('/api/projects/p1/api-tokens')).text).toBe('{"data":[],"next_cursor":null}')
  })

  it('SK1 nobody gives a role that allows more than they may do themselves', async () => {
    const { bob, nobody } = await opened(make)
    await made(bob)
    const { status, json } = await bob.post('/api/projects/p1/api-tokens', { description: 'x', roles: ['Admin'] })
    expect([status, json]).toEqual([403, { error: 'scope_not_allowed' }])
    expect((await nobody.post('/api/projects/p1/api-tokens', { description: 'x', roles: ['Admin'] })).status).toBe(401)
  })

  it('SK2 making one gives a client id and a secret, which is shown once', async () => {
    const { alice } = await opened(make)
    const { clientId, token } = await made(alice)
    expect(clientId).not.toBe('')
    const listed = await alice.get('/api/projects/p1/api-tokens')
    expect(listed.text).toContain(clientId)
    expect(listed.text).not.toContain(token)
  })

  it('SK3 a pair is exchanged for an access and a refresh token, and a refresh token for the same shape', async () => {
    const world = await opened(make)
    const { clientId, token, ...tokens } = await connected(world)
    expect(tokens.expires).toMatch(ISO)
    expect(tokens.expiresIn).toBe(600)
    expect(Date.parse(tokens.expires)).toBe(world.clock.now() + 600_000)
    const { status, text } = await world.refreshed(tokens.refreshToken)
    expect(status).toBe(200)
    const fresh = JSON.parse(text)
    expect(Object.keys(fresh).sort()).toEqual(['accessToken', 'expires', 'expiresIn', 'refreshToken'])
    expect(await world.reads(fresh.accessToken)).toBe(200)
  })

  it('SK3 a bad pair is a 401, whatever is wrong with it', async () => {
    const world = await opened(make)
    const [one, two] = [await made(world.alice), await made(world.alice)]
    const bad: readonly unknown[] = [
      { client_id: one.clientId, secret: two.token },
      { client_id: 'c_unknown', secret: one.token },
      { client_id: one.clientId },
      { client_id: { $ne: null }, secret: ['x'] },
      {},
      null,
    ]
    for (const body of bad) {
      const { status, json } = await world.nobody.post('/auth/access-token', body)
      expect([status, json], JSON.stringify(body)).toEqual([401, { error: 'unauthorized' }])
    }
    for (const refresh_token of ['', 'x', one.token, 7]) {
      expect((await world.nobody.post('/auth/access-token/refresh', { refresh_token })).status).toBe(401)
    }
  })

  it('SK4 project and roles cannot be changed afterwards', async () => {
    const { alice } = await opened(make)
    const { clientId } = await made(alice)
    for (const method of ['PATCH', 'PUT', 'POST']) {
      const changed = await alice.send(
        method,
        `/api/projects/p1/api-tokens/${clientId}`,
        '{"roles":["Admin"]}',
        'application/json',
      )
      expect(changed.status).toBe(404)
    }
    const { text } = await alice.get('/api/projects/p1/api-tokens')
    expect(JSON.parse(text).data).toMatchObject([{ clientId, roles: ['Read Only'] }])
  })

  it('SK5 the list shows client id, description, roles, by whom and when, newest first', async () => {
    const { alice, bob } = await opened(make)
    const first = await made(alice, { description: 'first' })
    const second = await made(bob, { description: 'second' })
    const { data, next_cursor } = JSON.parse((await alice.get('/api/projects/p1/api-tokens')).text)
    expect(next_cursor).toBeNull()
    const row = { roles: ['Read Only'], created_at: expect.stringMatching(ISO) }
    expect(data).toEqual([
      { ...row, clientId: second.clientId, description: 'second', created_by: 'bob' },
      { ...row, clientId: first.clientId, description: 'first', created_by: 'alice' },
    ])
    expect((await alice.get('/api/projects/p1/api-tokens?cursor=nonsense')).status).toBe(422)
    expect(await alice.send('HEAD', '/api/projects/p1/api-tokens')).toMatchObject({ status: 200, text: '' })
  })

  it('SK6 a lost secret cannot be had again: the token is deleted, and another one made', async () => {
    const world = await opened(make)
    const { clientId } = await made(world.alice)
    expect((await world.alice.get(`/api/projects/p1/api-tokens/${clientId}`)).status).toBe(404)
    expect((await world.alice.delete(`/api/projects/p1/api-tokens/${clientId}`)).status).toBe(204)
    expect((await world.alice.delete(`/api/projects/p1/api-tokens/${clientId}`)).status).toBe(404)
    const another = await connected(world)
    expect(await world.reads(another.accessToken)).toBe(200)
  })

  it('SK7 deleting it ends the access and refresh tokens that came of it, at once', async () => {
    const world = await opened(make)
    const [ended, other] = [await connected(world), await connected(world)]
    expect((await world.alice.delete(`/api/projects/p2/api-tokens/${ended.clientId}`)).status).toBe(404)
    expect(await world.reads(ended.accessToken)).toBe(200)
    expect((await world.alice.delete(`/api/projects/p1/api-tokens/${ended.clientId}`)).status).toBe(204)
    expect(await world.reads(ended.accessToken)).toBe(401)
    expect((await world.refreshed(ended.refreshToken)).status).toBe(401)
    expect((await world.exchanged(ended.clientId, ended.token)).status).toBe(401)
    expect(await world.reads(other.accessToken)).toBe(200)
  })

  it('SK8 a call is allowed by the roles of the token, inside its own project only', async () => {
    const world = await opened(make)
    const reader = await connected(world)
    const admin = await connected(world, { roles: ['Admin'] })
    expect([await world.reads(reader.accessToken), await world.writes(reader.accessToken)]).toEqual([200, 403])
    expect([await world.reads(admin.accessToken), await world.writes(admin.accessToken)]).toEqual([200, 201])
    expect([await world.reads(admin.accessToken, 'p2'), await world.writes(admin.accessToken, 'p2')]).toEqual([
      403, 403,
    ])
  })

  it('SK8 an access token expires, and neither a secret nor a refresh token passes for one', async () => {
    const world = await opened(make)
    const { accessToken, refreshToken, token } = await connected(world)
    for (const other of [refreshToken, token]) expect(await world.reads(other)).toBe(401)
    world.clock.advance('10m')
    expect(await world.reads(accessToken)).toBe(401)
  })
})
