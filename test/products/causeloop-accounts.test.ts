import { describe, expect, it } from 'vitest'
import { account, issued, made, opened } from './causeloop-support.js'
import { bearer, paces, signedIn } from './support.js'

describe.each(paces)('service accounts of Causeloop, store: $name', ({ make }) => {
  it('CL7 service accounts live on when whoever made them leaves, and personal tokens end', async () => {
    const { alice, bob, origin, program, reads } = await opened(make)
    const own = await made(alice)
    const bobs = await made(bob)
    const bot = await issued(alice, await account(alice))

    expect((await alice.delete('/v1/members/alice')).status).toBe(204)
    expect(await reads(own.secret)).toBe(401)
    expect((await alice.get('/v1/api-tokens')).status).toBe(401)
    expect((await signedIn(origin, 'alice')).headers.cookie).toBe('')
    expect(await reads(bobs.secret)).toBe(200)

    const created = await program(bot.secret).post('/v1/issues', { title: 'Slow' })
    expect(created.status).toBe(201)
    expect(created.json.created_by).toMatch(/^account:sa_/)
  })

  it('CL7 only an administrator who is signed in lets somebody go', async () => {
    const { alice, bob, nobody, program, reads } = await opened(make)
    const { secret } = await made(alice, { scopes: ['workspace:admin', 'issues:read'] })
    expect((await bob.delete('/v1/members/alice')).status).toBe(403)
    expect((await nobody.delete('/v1/members/alice')).status).toBe(401)
    expect((await program(secret).delete('/v1/members/bob')).status).toBe(401)
    expect((await alice.delete('/v1/members/carol')).status).toBe(404)
    expect(await reads(secret)).toBe(200)
  })

  it('CL8 service accounts take workspace:admin, of a user as of a token', async () => {
    const { alice, bob, nobody, program } = await opened(make)
    const id = await account(alice)
    const { id: tokenId } = await issued(alice, id)
    const plain = await made(alice, { name: 'plain', scopes: ['issues:write'] })
    const calls = [
      ['GET', '/v1/service-accounts'],
      ['POST', '/v1/service-accounts', { name: 'mine', scopes: ['issues:read'] }],
      ['PATCH', `/v1/service-accounts/${id}`, { scopes: [] }],
      ['DELETE', `/v1/service-accounts/${id}`],
      ['GET', `/v1/service-accounts/${id}/tokens`],
      ['POST', `/v1/service-accounts/${id}/tokens`, { name: 'mine' }],
      ['DELETE', `/v1/service-accounts/${id}/tokens/${tokenId}`],
    ] as const
    for (const [method, path, body] of calls) {
      const call = (caller: typeof bob) =>
        body ? caller.send(method, path, JSON.stringify(body), 'application/json') : caller.send(method, path)
      expect(await call(bob)).toMatchObject({ status: 403, json: { code: 'insufficient_scope' } })
      expect(await call(program(plain.secret))).toMatchObject({ status: 403, json: { code: 'insufficient_scope' } })
      expect(await call(nobody)).toMatchObject({ status: 401, json: { error: 'unauthorized' } })
    }
    expect((await alice.get('/v1/service-accounts')).json.data).toMatchObject([{ id, scopes: ['issues:write'] }])
    expect((await alice.get(`/v1/service-accounts/${id}/tokens`)).json.data).toHaveLength(1)

    const admin = await made(alice, { name: 'admin', scopes: ['workspace:admin', 'issues:read'] })
    await account(program(admin.secret), ['issues:read'])
    const beyond = await program(admin.secret).post('/v1/service-accounts', { name: 'x', scopes: ['issues:write'] })
    expect(beyond).toMatchObject({ status: 403, json: { code: 'scope_not_allowed' } })
  })

  it('CL9 a token takes the scopes of its account when it is issued, and keeps them', async () => {
    const { alice, reads, writes } = await opened(make)
    const id = await account(alice, ['issues:write'])
    const first = await issued(alice, id, 'first')
    expect(first.scopes).toEqual(['issues:write'])
    expect((await alice.patch(`/v1/service-accounts/${id}`, { scopes: ['issues:read'] })).status).toBe(200)
    const second = await issued(alice, id, 'second')
    expect(second.scopes).toEqual(['issues:read'])

    expect(await writes(first.secret)).toBe(201)
    expect(await writes(second.secret)).toBe(403)
    expect(await reads(second.secret)).toBe(200)

    await alice.patch(`/v1/service-accounts/${id}`, { scopes: ['issues:write', 'patterns:read'] })
    expect(await writes(second.secret)).toBe(403)
  })

  it('CL9 a token of an account may have fewer scopes than it, and never more', async () => {
    const { alice } = await opened(make)
    const id = await account(alice, ['issues:write'])
    const ask = (name: string, scopes: string[]) => alice.post(`/v1/service-accounts/${id}/tokens`, { name, scopes })
    expect((await ask('fewer', ['issues:read'])).json.scopes).toEqual(['issues:read'])
    expect(await ask('more', ['patterns:read'])).toMatchObject({ status: 403, json: { code: 'scope_not_allowed' } })
    expect(await ask('unknown', ['issues:drop'])).toMatchObject({ status: 422, json: { code: 'unknown_scope' } })
  })

  it('CL10 one token of an account is revoked and the others live', async () => {
    const { alice, reads } = await opened(make)
    const id = await account(alice)
    const [first, second] = [await issued(alice, id, 'first'), await issued(alice, id, 'second')]
    expect((await alice.delete(`/v1/service-accounts/${id}/tokens/${first.id}`)).status).toBe(204)
    expect(await reads(first.secret)).toBe(401)
    expect(await reads(second.secret)).toBe(200)
    expect((await alice.get(`/v1/service-accounts/${id}/tokens`)).json.data.map(({ name }) => name)).toEqual(['second'])
  })

  it('CL10 a token is revoked through its own account alone', async () => {
    const { alice, reads } = await opened(make)
    const [one, other] = [await account(alice), await account(alice)]
    const token = await issued(alice, one)
    const own = await made(alice, { name: 'own' })
    expect((await alice.delete(`/v1/service-accounts/${other}/tokens/${token.id}`)).status).toBe(404)
    expect((await alice.delete(`/v1/service-accounts/${one}/tokens/${own.id}`)).status).toBe(404)
    expect((await alice.delete(`/v1/api-tokens/${token.id}`)).status).toBe(404)
    expect(await reads(token.secret)).toBe(200)
    expect(await reads(own.secret)).toBe(200)
  })

  it('CL11 deleting an account ends all its tokens at once, and no other', async () => {
    const { alice, reads } = await opened(make)
    const [id, other] = [await account(alice), await account(alice)]
    const tokens = [await issued(alice, id, 'first'), await issued(alice, id, 'second')]
    const spared = await issued(alice, other)
    expect((await alice.delete(`/v1/service-accounts/${id}`)).status).toBe(204)
    for (const { secret } of tokens) expect(await reads(secret)).toBe(401)
    expect(await reads(spared.secret)).toBe(200)

    expect((await alice.get('/v1/service-accounts')).json.data.map(({ id }) => id)).toEqual([other])
    const late = await alice.post(`/v1/service-accounts/${id}/tokens`, { name: 'late' })
    expect(late).toMatchObject({ status: 404 })
    expect((await alice.get(`/v1/service-accounts/${id}/tokens`)).status).toBe(404)
    expect((await alice.patch(`/v1/service-accounts/${id}`, { scopes: [] })).status).toBe(404)
  })

  it('CL11 a token that is issued while its account is deleted is refused, or dead', async () => {
    const { alice, origin } = await opened(make)
    for (let round = 0; round < 8; round++) {
      const id = await account(alice)
      const issue = (name: string) => alice.post(`/v1/service-accounts/${id}/tokens`, { name })
      const [deleted, ...replies] = await Promise.all([
        alice.delete(`/v1/service-accounts/${id}`),
        ...['a', 'b', 'c', 'd'].map(issue),
      ])
      expect(deleted.status).toBe(204)
      for (const { status, json } of replies) {
        if (status !== 201) expect([403, 404, 409]).toContain(status)
        else expect((await bearer(origin, json.secret).get('/v1/issues')).status).toBe(401)
      }
    }
  })
})
