import { describe, expect, it } from 'vitest'
import { made, opened } from './causeloop-support.js'
import { paces } from './support.js'

const GROUPS = ['Data', 'Integrations', 'Workspace', 'AI & Reports', 'Admin']
const DATA = ['issues', 'patterns', 'predictions', 'recommendations'].flatMap((of) => [`${of}:read`, `${of}:write`])

describe.each(paces)('personal tokens of Causeloop, store: $name', ({ make }) => {
  it('CL1 a name is given once among the unrevoked tokens of an account, and is free again after a revocation', async () => {
    const { alice, bob } = await opened(make)
    const { id } = await made(alice, { name: 'grafana' })
    const again = await alice.post('/v1/api-tokens', { name: 'grafana', scopes: ['issues:read'] })
    expect(again).toMatchObject({ status: 409, json: { code: 'name_taken' } })
    expect(again.json).not.toHaveProperty('secret')

    await made(alice, { name: 'Grafana' })
    await made(bob, { name: 'grafana' })
    await alice.delete(`/v1/api-tokens/${id}`)
    await made(alice, { name: 'grafana' })
  })

  it('CL1 of callers that race for a name, one gets it', async () => {
    const { alice } = await opened(make)
    const wish = { name: 'local-dev', scopes: ['issues:read'] }
    const replies = await Promise.all(Array.from({ length: 16 }, () => alice.post('/v1/api-tokens', wish)))
    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array(15).fill(409)])
    expect((await alice.get('/v1/api-tokens')).json.data).toHaveLength(1)
  })

  it('CL2 scopes come from the catalogue, and no further than those of the caller', async () => {
    const { alice, bob, reads, writes } = await opened(make)
    const ask = (scopes: unknown) => bob.post('/v1/api-tokens', { name: 'ci', scopes })
    expect(await ask(['issues:read', 'issues:drop'])).toMatchObject({ status: 422, json: { code: 'unknown_scope' } })
    expect(await ask('issues:read')).toMatchObject({ status: 422, json: { code: 'invalid_input' } })
    expect(await ask(undefined)).toMatchObject({ status: 422, json: { code: 'invalid_input' } })
    expect(await ask(['workspace:admin'])).toMatchObject({ status: 403, json: { code: 'scope_not_allowed' } })
    expect((await bob.get('/v1/api-tokens')).json.data).toEqual([])

    const reader = await made(alice, { name: 'reader', scopes: ['issues:read'] })
    expect(await reads(reader.secret)).toBe(200)
    expect(await writes(reader.secret)).toBe(403)
    const writer = await made(alice, { name: 'writer', scopes: ['issues:write'] })
    expect(await writes(writer.secret)).toBe(201)
    const other = await made(alice, { name: 'other', scopes: ['patterns:read'] })
    expect(await reads(other.secret)).toBe(403)
    const none = await made(alice, { name: 'none', scopes: [] })
    expect(await reads(none.secret)).toBe(403)
  })

  it('CL3 a token lives on until it is told to end', async () => {
    const { alice, clock, reads } = await opened(make)
    const { expires_at, secret } = await made(alice)
    expect(expires_at).toBeNull()
    clock.advance('20y')
    expect(await reads(secret)).toBe(200)
  })

  it('CL3 a token with an expiry date ends on that date, which lies in the future', async () => {
    const { alice, clock, reads } = await opened(make)
    const expires_at = new Date(clock.now() + 60_000).toISOString()
    const token = await made(alice, { expires_at })
    expect(token.expires_at).toBe(expires_at)
    clock.advance(59_999)
    expect(await reads(token.secret)).toBe(200)
    clock.advance(1)
    expect(await reads(token.secret)).toBe(401)

    const past = new Date(clock.now() - 1).toISOString()
    const ask = (expires_at: unknown) =>
      alice.post('/v1/api-tokens', { name: 'late', scopes: ['issues:read'], expires_at })
    expect(await ask(past)).toMatchObject({ status: 422, json: { code: 'invalid_expiry' } })
    expect(await ask('tomorrow')).toMatchObject({ status: 422, json: { code: 'invalid_input' } })
  })

  it('CL4 rotating gives a new secret to the same token, and the old one ends at once', async () => {
    const { alice, reads } = await opened(make)
    const before = await made(alice)
    const { status, json: after } = await alice.post(`/v1/api-tokens/${before.id}/roll`)
    expect(status).toBe(200)
    expect(after).toEqual({ ...before, secret: after.secret })
    expect(after.secret).not.toBe(before.secret)
    expect(await reads(after.secret)).toBe(200)
    expect(await reads(before.secret)).toBe(401)
  })

  it('CL4 of callers that race for a rotation, whoever is told of success has a secret, and one secret works', async () => {
    const { alice, reads } = await opened(make)
    const before = await made(alice)
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => alice.post(`/v1/api-tokens/${before.id}/roll`, {})),
    )
    expect(replies.every(({ status }) => status === 200 || status === 409)).toBe(true)
    const secrets = replies.filter(({ status }) => status === 200).map(({ json }) => json.secret)
    const statuses = await Promise.all([before.secret, ...secrets].map(reads))
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses[0]).toBe(401)
  })

  it('CL4 nobody rotates what is not theirs', async () => {
    const { alice, bob, nobody, reads } = await opened(make)
    const { id, secret } = await made(alice)
    expect((await bob.post(`/v1/api-tokens/${id}/roll`)).status).toBe(404)
    expect((await nobody.post(`/v1/api-tokens/${id}/roll`)).status).toBe(401)
    expect((await alice.post('/v1/api-tokens/cl_00000000000/roll')).status).toBe(404)
    expect(await reads(secret)).toBe(200)
  })

  it('CL5 a revoked token is refused from the next request on', async () => {
    const { alice, program } = await opened(make)
    const { id, secret } = await made(alice)
    expect((await program(secret).get('/v1/issues')).status).toBe(200)
    expect(await alice.delete(`/v1/api-tokens/${id}`)).toMatchObject({ status: 204, text: '' })
    for (const refused of [await program(secret).get('/v1/issues'), await program(secret).get('/v1/api-tokens')]) {
      expect(refused).toMatchObject({ status: 401, json: { error: 'unauthorized' } })
      expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/)
    }
    expect((await alice.get('/v1/api-tokens')).json.data).toEqual([])
  })

  it('CL5 nothing makes a revoked token active again', async () => {
    const { alice, reads } = await opened(make)
    const { id, secret } = await made(alice)
    await alice.delete(`/v1/api-tokens/${id}`)
    expect(await alice.post(`/v1/api-tokens/${id}/roll`)).toMatchObject({ status: 409, json: { code: 'ended' } })
    expect(await alice.patch(`/v1/api-tokens/${id}`, { name: 'back' })).toMatchObject({ status: 409 })
    expect(await alice.delete(`/v1/api-tokens/${id}`)).toMatchObject({ status: 204 })
    await made(alice)
    expect(await reads(secret)).toBe(401)
  })

  it('CL5 a rotation that races with the revocation leaves nothing alive', async () => {
    const { alice, reads } = await opened(make)
    for (let round = 0; round < 8; round++) {
      const { id, secret } = await made(alice)
      const [rolled] = await Promise.all([
        alice.post(`/v1/api-tokens/${id}/roll`),
        alice.delete(`/v1/api-tokens/${id}`),
      ])
      expect([200, 409]).toContain(rolled.status)
      const secrets = rolled.status === 200 ? [secret, rolled.json.secret] : [secret]
      expect(new Set(await Promise.all(secrets.map(reads)))).toEqual(new Set([401]))
    }
  })

  it('CL5 nobody revokes what is not theirs', async () => {
    const { alice, bob, nobody, reads } = await opened(make)
    const { id, secret } = await made(bob)
    expect((await alice.delete(`/v1/api-tokens/${id}`)).status).toBe(404)
    expect((await nobody.delete(`/v1/api-tokens/${id}`)).status).toBe(401)
    expect(await reads(secret)).toBe(200)
  })

  it('CL6 the catalogue comes in its groups, each scope with its description', async () => {
    const { bob, nobody } = await opened(make)
    const { status, json } = await bob.get('/v1/api-tokens/scopes')
    expect(status).toBe(200)
    expect(json.data.map(({ name }) => name)).toEqual(GROUPS)
    expect(json.data[0]).toMatchObject({
      scopes: DATA.map((name) => ({ name, description: expect.stringMatching(/./) })),
    })
    expect(json.data.at(-1)).toMatchObject({ scopes: [{ name: 'workspace:admin' }] })
    expect(json.next_cursor).toBeNull()
    expect((await nobody.get('/v1/api-tokens/scopes')).status).toBe(401)
  })
})
