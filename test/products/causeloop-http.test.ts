import { describe, expect, it, vi } from 'vitest'
import { account, issued, made, opened } from './causeloop-support.js'
import { paces, signedIn, started } from './support.js'

const WHEN = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const SECRET = expect.stringMatching(/^cl_[0-9A-Za-z]{44,}$/)

describe.each(paces)('the API of Causeloop, store: $name', ({ make }) => {
  it('CL12 personal tokens are made, listed, rotated and revoked', async () => {
    const { alice } = await opened(make)
    const wire = { name: 'ci', scopes: ['issues:read'], created_at: WHEN, expires_at: null, last_used_at: null }
    const { id, secret, ...rest } = await made(alice)
    expect(rest).toEqual(wire)
    expect(secret).toEqual(SECRET)
    expect(secret).toContain(id)
    expect((await alice.get('/v1/api-tokens')).json).toEqual({ data: [{ id, ...wire }], next_cursor: null })
    expect((await alice.post(`/v1/api-tokens/${id}/roll`)).json).toEqual({ id, ...wire, secret: SECRET })
    expect((await alice.delete(`/v1/api-tokens/${id}`)).status).toBe(204)
  })

  it('CL12 service accounts and their tokens are made, listed, changed and ended', async () => {
    const { alice } = await opened(make)
    const id = await account(alice)
    const wire = { id, name: 'deploy-bot', scopes: ['issues:write'], created_at: WHEN }
    expect((await alice.get('/v1/service-accounts')).json).toEqual({ data: [wire], next_cursor: null })
    const { id: tokenId, secret } = await issued(alice, id)
    expect(secret).toEqual(SECRET)
    const listed = await alice.get(`/v1/service-accounts/${id}/tokens`)
    const token = { name: 'ci', scopes: ['issues:write'], created_at: WHEN, expires_at: null, last_used_at: null }
    expect(listed.json).toEqual({ data: [{ id: tokenId, ...token }], next_cursor: null })
    expect((await alice.patch(`/v1/service-accounts/${id}`, { scopes: [] })).json).toEqual({ ...wire, scopes: [] })
    expect((await alice.delete(`/v1/service-accounts/${id}/tokens/${tokenId}`)).status).toBe(204)
    expect((await alice.delete(`/v1/service-accounts/${id}`)).status).toBe(204)
  })

  it('CL12 lists are newest first, page by page, each token once', async () => {
    const { alice } = await opened(make)
    for (const name of ['first', 'second', 'third']) await made(alice, { name })
    const { json: page } = await alice.get('/v1/api-tokens?limit=2')
    expect(page.data?.map(({ name }) => name)).toEqual(['third', 'second'])
    const { json: rest } = await alice.get(
      `/v1/api-tokens?limit=2&cursor=${encodeURIComponent(page.next_cursor ?? '')}`,
    )
    expect(rest.data?.map(({ name }) => name)).toEqual(['first'])
    expect(rest.next_cursor).toBeNull()
    expect((await alice.get('/v1/api-tokens?cursor=nonsense')).status).toBe(422)
  })

  it('CL12 a token manages the tokens of its owner, within its own scopes', async () => {
    const { alice, bob, program } = await opened(make)
    const own = await made(alice, { name: 'own', scopes: ['issues:read'] })
    await made(bob, { name: 'bobs' })
    const caller = program(own.secret)
    expect((await caller.get('/v1/api-tokens')).json.data.map(({ name }) => name)).toEqual(['own'])
    await made(caller, { name: 'child', scopes: ['issues:read'] })
    const beyond = await caller.post('/v1/api-tokens', { name: 'more', scopes: ['issues:write'] })
    expect(beyond).toMatchObject({ status: 403, json: { code: 'scope_not_allowed' } })
  })

  it('CL12 nobody, and whoever has no usable token, is unauthorized', async () => {
    const { alice, nobody, program } = await opened(make)
    for (const caller of [nobody, program('nonsense'), alice.with({ authorization: 'Bearer nonsense' })]) {
      for (const path of ['/v1/api-tokens', '/v1/service-accounts', '/v1/issues']) {
        const refused = await caller.get(path)
        expect(refused).toMatchObject({ status: 401, json: { error: 'unauthorized' } })
        expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/)
      }
    }
  })

  it('CL12 a session counts on this site alone, and the issues take a token', async () => {
    const { alice, origin } = await opened(make)
    const elsewhere = [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { origin: 'null' }]
    const wish = { name: 'ci', scopes: ['issues:read'] }
    for (const headers of elsewhere) {
      expect((await alice.with(headers).post('/v1/api-tokens', wish)).status).toBe(401)
      expect((await alice.with(headers).delete('/v1/members/bob')).status).toBe(401)
    }
    const typed = await alice.send('POST', '/v1/api-tokens', JSON.stringify(wish), 'text/plain')
    expect(typed).toMatchObject({ status: 415 })
    expect((await alice.get('/v1/api-tokens')).json.data).toEqual([])
    await made(alice.with({ origin }), { name: 'here' })
    await made(alice.with({ 'sec-fetch-site': 'same-origin' }), { name: 'here too' })
    expect((await alice.get('/v1/issues')).status).toBe(401)
  })

  it('CL12 the list says when a token was last used', async () => {
    const { alice, clock, reads } = await opened(make)
    const { secret } = await made(alice)
    clock.advance('1h')
    await reads(secret)
    const used = new Date(clock.now()).toISOString()
    const listed = async () => (await alice.get('/v1/api-tokens')).json.data[0]?.last_used_at
    await vi.waitFor(async () => expect(await listed()).toBe(used), { timeout: 5000, interval: 100 })
  })
})

describe('Causeloop as a process', { timeout: 30_000 }, () => {
  it('says where it listens, serves, and ends cleanly when it is told to', async () => {
    const { origin, end, said, complained } = await started('causeloop')
    const alice = await signedIn(origin, 'alice')
    const { secret } = await made(alice)
    expect((await alice.with({ authorization: `Bearer ${secret}` }).get('/v1/issues')).status).toBe(200)
    expect(await end('SIGTERM')).toBe(0)
    expect(said()).toBe(`listening on ${origin}\n`)
    expect(complained()).toBe('')
  })

  it('refuses a store that there is not, and says nothing of its password', async () => {
    const { end, complained } = await started('causeloop', { STORE: 'redis://app:hunter2@db/app' })
    expect(await end()).toBe(1)
    expect(complained()).toContain('STORE names redis://')
    expect(complained()).not.toContain('hunter2')
  })

  it('refuses a port that is none', async () => {
    const { end, complained } = await started('causeloop', { PORT: '80a' })
    expect(await end()).toBe(1)
    expect(complained()).toContain('PORT is a number')
  })

  it('shows a page to people, who sign in by name', async () => {
    const { origin } = await started('causeloop')
    const alice = await signedIn(origin, 'alice')
    expect((await alice.get('/')).text).toContain('/v1/openapi.json')
    expect((await alice.with({ cookie: '' }).get('/')).headers.get('location')).toBe('/login?next=%2F')
    const stranger = await alice.with({ cookie: '' }).form('/login', { user: 'mallory' })
    expect(stranger.status).toBe(401)
    expect(stranger.headers.get('set-cookie')).toBeNull()
  })
})
