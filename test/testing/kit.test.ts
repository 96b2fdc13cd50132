import { account, createTokens, defineCatalogue, system, tenant, user } from 'tokenloop'
import { createTestKit } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { accessOf, codeOfAccess } from './support.js'

const catalogue = defineCatalogue(
  {
    'issues:read': { description: 'Read issues' },
    'issues:write': { description: 'Write issues', implies: ['issues:read'] },
  },
  { roles: { Reader: ['issues:read'] } },
)
const alice = user('alice')

describe('a test kit gives headers with an API token', () => {
  it('that its guard takes for what they are for, and for nothing else', async () => {
    const kit = createTestKit({ catalogue })
    const headers = await kit.bearer(alice, 'issues:read')
    expect(await accessOf(kit, headers, 'issues:read')).toMatchObject({
      ok: true,
      principal: { kind: 'token', owner: { kind: 'user', id: 'alice' }, tenant: null, scopes: ['issues:read'] },
    })
    expect(await codeOfAccess(kit, headers, 'issues:write')).toBe(403)
    expect(await codeOfAccess(kit, await kit.bearer(alice, ['issues:read', 'issues:write']), 'issues:write')).toBe(200)
    expect(await codeOfAccess(kit, {}, 'issues:read')).toBe(401)
  })

  it('of a tenant, and of a service account', async () => {
    const kit = createTestKit({ catalogue })
    const inTenant = await accessOf(kit, await kit.bearer(user('alice', { tenant: 'ws_1' }), 'issues:read'))
    expect(inTenant).toMatchObject({ principal: { tenant: 'ws_1' } })
    const bot = await kit.accounts.create({ by: system, tenant: 'ws_1', name: 'bot', scopes: ['issues:write'] })
    const headers = await kit.bearer(account(bot.id), 'issues:read')
    expect(await accessOf(kit, headers)).toMatchObject({ principal: { owner: account(bot.id), tenant: 'ws_1' } })
    await kit.accounts.delete(bot.id, { by: system })
    expect(await codeOfAccess(kit, headers)).toBe(401)
  })

  it('with whatever else a token may have, and as the host makes its own', async () => {
    const kit = createTestKit({ catalogue, tokens: { prefix: 'acme', uniqueNames: true, lifetimes: ['30d', '90d'] } })
    const more = { expiresIn: '30d', roles: ['Reader'], limits: [{ name: 'calls', limit: 1, every: '1h' }] } as const
    const headers = await kit.bearer(alice, [], more)
    expect(headers.authorization).toMatch(/^Bearer acme_/)
    expect(await codeOfAccess(kit, headers, 'issues:read')).toBe(200)
    expect(await codeOfAccess(kit, headers, 'issues:read')).toBe(429)
    kit.clock.advance('1h')
    expect(await codeOfAccess(kit, headers, 'issues:read')).toBe(200)
    await kit.bearer(alice, 'issues:read', { expiresIn: '30d' })
    await expect(kit.bearer(alice, 'issues:read', { expiresIn: '31d' })).rejects.toMatchObject({
      code: 'lifetime_not_allowed',
    })
  })

  it('refuses a scope that there is none of', async () => {
    const kit = createTestKit({ catalogue })
    // @ts-expect-error A misspelt scope does not compile.
    await expect(kit.bearer(alice, 'issues:reed')).rejects.toMatchObject({ code: 'unknown_scope' })
  })
})

describe('the clock of a test kit', () => {
  it('is that of tokens, of the access tokens of apps, and of signing keys', async () => {
    const kit = createTestKit({ catalogue })
    const long = await kit.bearer(alice, 'issues:read', { expiresIn: '90d' })
    const app = await (await kit.client()).connect(alice, 'issues:read')
    const [first] = await kit.keys.list()
    kit.clock.advance('9m')
    expect([await codeOfAccess(kit, long), await codeOfAccess(kit, app.headers)]).toEqual([200, 200])
    kit.clock.advance('3m')
    expect([await codeOfAccess(kit, long), await codeOfAccess(kit, app.headers)]).toEqual([200, 401])
    kit.clock.advance('91d')
    expect(await codeOfAccess(kit, long)).toBe(401)
    await kit.keys.ready()
    kit.clock.advance('1h')
    await kit.keys.ready()
    const later = await (await kit.client()).connect(alice, 'issues:read')
    expect(await codeOfAccess(kit, later.headers)).toBe(200)
    const stages = (await kit.keys.list()).map(({ kid, stage }) => [kid === first?.kid, stage])
    expect(stages).toEqual(expect.arrayContaining([[false, 'active']]))
  })
})

describe('the store of a test kit', () => {
  it('works until a fault is switched on, and again when it is off', async () => {
    const kit = createTestKit({ catalogue })
    const [token, app] = [await kit.bearer(alice, 'issues:read'), await (await kit.client()).connect(alice, [])]
    kit.store.on('down')
    for (const headers of [token, app.headers]) expect(await codeOfAccess(kit, headers)).toBe(503)
    await expect(kit.bearer(alice, 'issues:read')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(app.refresh()).rejects.toMatchObject({ name: 'OAuthTestError', status: 503 })
    expect(kit.store.struck('down')).toBeGreaterThan(3)
    kit.store.off()
    for (const headers of [token, app.headers]) expect(await codeOfAccess(kit, headers)).toBe(200)
  })

  it('loses answers: what was revoked is, whatever the caller was told', async () => {
    const kit = createTestKit({ catalogue })
    const headers = await kit.bearer(alice, 'issues:read')
    kit.store.on('lost')
    await kit.tokens.revokeAll({ by: system, owner: alice }).catch(() => {})
    expect(kit.store.struck('lost')).toBeGreaterThan(0)
    kit.store.off()
    expect(await codeOfAccess(kit, headers)).toBe(401)
  })

  it('fails as the host says, by names of its own', async () => {
    const kit = createTestKit({ catalogue, faults: { 'no lists': { point: 'before', method: 'list' } } })
    await kit.bearer(alice, 'issues:read')
    kit.store.on('no lists')
    await expect(kit.tokens.list({ owner: alice })).rejects.toMatchObject({ code: 'unavailable' })
    kit.store.off('no lists')
    expect((await kit.tokens.list({ owner: alice })).items.length).toBe(1)
    // @ts-expect-error Nothing is called so.
    expect(() => kit.store.on('no list')).toThrow(TypeError)
  })

  it('takes its time where it is told to, so that what happens at once interleaves', async () => {
    const racing = async (latency: object) => {
      const kit = createTestKit({ catalogue, ...latency })
      const bot = await kit.accounts.create({ by: system, tenant: 'ws_1', name: 'bot', scopes: ['issues:read'] })
      const order: string[] = []
      const seen = (what: string) => () => void order.push(what)
      const reads = Array.from({ length: 10 }, (_, i) => kit.accounts.get(bot.id).then(seen(`${i}`)))
      await Promise.all(reads)
      return order
    }
    expect(await racing({})).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(await racing({ latency: { max: 5, seed: 5 } })).not.toEqual(await racing({}))
  })

  it('is there for parts that the host makes itself, which tell the kit too', async () => {
    const kit = createTestKit({ catalogue })
    const own = createTokens({ store: kit.store, catalogue, prefix: 'own', onEvent: kit.onEvent })
    const draft = { by: system, owner: alice, name: 'ci', scopes: ['issues:read'], expiresIn: '1d' } as const
    const { secret, token } = await own.issue(draft)
    expect(kit.told('token.issued')).toMatchObject([{ about: token.id, owner: { id: 'alice' } }])
    kit.clock.advance('1d')
    expect(await own.verify(secret)).toMatchObject({ ok: false, reason: 'expired' })
  })
})

describe('the events of a test kit', () => {
  it('are all that was told, from the first one on', async () => {
    const kit = createTestKit({ catalogue })
    expect(kit.events).toEqual([])
    const headers = await kit.bearer(alice, 'issues:read')
    await kit.accounts.suspend(alice, { by: system })
    await accessOf(kit, headers)
    await kit.accounts.cutOff(tenant('ws_1'), { by: system })
    expect(kit.events.map(({ type }) => type)).toEqual([
      'token.issued',
      'account.suspended',
      'token.refused',
      'account.cut_off',
    ])
    expect(kit.told('token.refused', 'token.issued').map(({ type }) => type)).toEqual(['token.issued', 'token.refused'])
    expect(kit.told('token.refused')[0]?.detail).toMatchObject({ reason: 'owner_inactive' })
    expect(JSON.stringify(kit.events)).not.toContain(headers.authorization.slice('Bearer '.length))
  })
})

describe('the last use in a test kit', () => {
  it('is there for everybody once it was flushed', async () => {
    for (const accessTokens of ['jwt', 'opaque'] as const) {
      const kit = createTestKit({ catalogue, accessTokens })
      const others = createTokens({ store: kit.store, catalogue, prefix: 'test' })
      const lastUses = async () => [
        (await others.list({ owner: alice })).items[0]?.use?.at,
        (await kit.auth.grants.list({ subject: 'alice' })).items[0]?.lastUsedAt,
      ]
      const app = await (await kit.client()).connect(alice, 'issues:read')
      const token = await kit.bearer(alice, 'issues:read')
      kit.clock.advance('1m')
      for (const headers of [app.headers, token]) expect(await codeOfAccess(kit, headers)).toBe(200)
      expect(await lastUses()).not.toContain(kit.clock.now())
      await kit.flush()
      expect(await lastUses()).toEqual([kit.clock.now(), kit.clock.now()])
    }
  })
})

it('createTestKit refuses an option that there is none of, and those that are its own', () => {
  for (const options of [{ catalog: catalogue }, { catalogue, server: { issuer: 'nowhere' } }, { catalogue, now: 1 }]) {
    expect(() => createTestKit(options as never)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  }
})
