import { account, createTokens, Secret, system, tenant, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { answerOf, catalogue, codeOf, draft, START, world } from '../support/world.js'

const YEAR = 365 * 86_400_000
const limited = user('carol', { scopes: ['issues:read'] })

describe.each(stores)('issue, on the $name store,', ({ make }) => {
  it('hands out a secret once, and the token as it stands', async () => {
    const { tokens } = await world(make)
    const { secret, token } = await tokens.issue({
      ...draft,
      tenant: 'ws_1',
      roles: ['Reader'],
      notBefore: START - 1,
      networks: ['192.0.2.7'],
      limits: [{ name: 'calls', limit: 10 }],
      metadata: { team: ['core'] },
    })
    expect(secret).toBeInstanceOf(Secret)
    expect(secret.reveal()).toMatch(/^sl_[0-9A-Za-z]{44}$/)
    expect(secret.reveal().startsWith(token.id)).toBe(true)
    expect(token).toEqual({
      id: expect.stringMatching(/^sl_[0-9A-Za-z]{11}$/),
      name: 'ci',
      status: 'active',
      owner: { kind: 'user', id: 'alice' },
      tenant: 'ws_1',
      scopes: ['issues:read'],
      roles: ['Reader'],
      generation: 1,
      createdAt: START,
      createdBy: { kind: 'user', id: 'alice' },
      rotatedAt: null,
      expiresAt: START + YEAR,
      notBefore: START - 1,
      revoked: null,
      paused: null,
      networks: ['192.0.2.7/32'],
      limits: [{ name: 'calls', limit: 10, every: null, refill: 10 }],
      metadata: { team: ['core'] },
      revealable: false,
      use: null,
    })
    expect(await tokens.get(token.id)).toEqual(token)
  })

  it('keeps the owner and the tenant that the host names, not the actor that asks', async () => {
    const { tokens } = await world(make)
    const { token } = await tokens.issue({ ...draft, by: system, owner: user('bob'), tenant: 'ws_2' })
    expect(token).toMatchObject({
      owner: { kind: 'user', id: 'bob' },
      tenant: 'ws_2',
      createdBy: { kind: 'system', id: 'system' },
    })
  })

  it('takes the tenant of the actor where the host names none', async () => {
    const { tokens } = await world(make)
    const by = user('alice', { scopes: catalogue.names, tenant: 'ws_1' })
    const first = await tokens.issue({ ...draft, by })
    expect(first.token.tenant).toBe('ws_1')
    const seen = await tokens.verify(first.secret.reveal())
    if (!seen.ok) throw new Error(seen.reason)
    expect((await tokens.issue({ ...draft, by: seen.principal })).token.tenant).toBe('ws_1')
    expect((await tokens.issue({ ...draft, by, tenant: 'ws_2' })).token.tenant).toBe('ws_2')
  })

  it('A1.16 takes the owner from the host alone: without one nothing is issued', async () => {
    const { tokens } = await world(make)
    const { owner: _, ...body } = draft
    // @ts-expect-error the owner is missing
    expect(await codeOf(tokens.issue(body))).toBe('invalid_input')
    // @ts-expect-error nor does another name stand for it
    expect(await codeOf(tokens.issue({ ...body, userId: 'victim' }))).toBe('invalid_option')
    // @ts-expect-error nobody asks
    expect(await codeOf(tokens.issue({ ...draft, by: undefined }))).toBe('invalid_input')
    // @ts-expect-error no actor
    expect(await codeOf(tokens.issue({ ...draft, by: { kind: 'admin', id: 'x' } }))).toBe('invalid_input')
    // @ts-expect-error a tenant owns no token
    expect(await codeOf(tokens.issue({ ...draft, owner: tenant('ws_1') }))).toBe('invalid_input')
    // @ts-expect-error a tenant that the host forgot is no permission to have none
    expect(await codeOf(tokens.issue({ ...draft, tenant: undefined }))).toBe('invalid_input')
    expect((await tokens.list()).items).toEqual([])
  })

  it('A1.17 gives no scope and no role beyond what the actor has, and nothing is stored', async () => {
    const { tokens } = await world(make)
    const ask = (more: object) => codeOf(tokens.issue({ ...draft, by: limited, ...more }))
    expect(await ask({ scopes: ['issues:write'] })).toBe('scope_not_allowed')
    expect(await ask({ scopes: [], roles: ['Admin'] })).toBe('scope_not_allowed')
    expect(await ask({ by: user('carol') })).toBe('scope_not_allowed')
    expect(await ask({ by: user('carol', { scopes: [] }) })).toBe('scope_not_allowed')
    expect(await ask({ scopes: ['*'] })).toBe('unknown_scope')
    expect(await ask({ scopes: ['issues:delete'] })).toBe('unknown_scope')
    expect(await ask({ scopes: ['issues:read issues:write'] })).toBe('unknown_scope')
    expect(await ask({ roles: ['Root'] })).toBe('unknown_role')
    expect(await ask({ roles: ['constructor'] })).toBe('unknown_role')
    expect(await ask({ by: system, scopes: ['__proto__'] })).toBe('unknown_scope')
    expect((await tokens.list()).items).toEqual([])
    expect((await tokens.audit()).items).toEqual([])
    expect(await ask({})).toBe('nothing')
  })

  it('A1.17 gives a token that acts no more than it has itself', async () => {
    const { tokens } = await world(make)
    const { secret } = await tokens.issue(draft)
    const seen = await tokens.verify(secret.reveal())
    if (!seen.ok) throw new Error(seen.reason)
    const by = seen.principal
    expect(await codeOf(tokens.issue({ ...draft, by, scopes: ['issues:write'] }))).toBe('scope_not_allowed')
    expect((await tokens.issue({ ...draft, by })).token.createdBy).toEqual({
      kind: 'token',
      id: by.tokenId,
      owner: { kind: 'user', id: 'alice' },
    })
  })

  it('wants scopes or roles for a user; an empty list allows nothing', async () => {
    const { tokens } = await world(make)
    const { scopes: _, ...bare } = draft
    expect(await codeOf(tokens.issue(bare))).toBe('invalid_input')
    expect(await codeOf(tokens.issue({ ...bare, roles: ['Reader'] }))).toBe('nothing')
    expect((await tokens.issue({ ...bare, scopes: [] })).token.scopes).toEqual([])
    // @ts-expect-error no list
    expect(await codeOf(tokens.issue({ ...bare, scopes: 'issues:read' }))).toBe('invalid_input')
  })

  it.each([
    ['', 'invalid_name'],
    ['   ', 'invalid_name'],
    ['x'.repeat(101), 'invalid_name'],
    ['line\nbreak', 'invalid_name'],
    ['\u001b[31mred', 'invalid_name'],
    ['nul\0', 'invalid_name'],
    ['half \ud83d', 'invalid_name'],
    ['\u202egnp.exe', 'invalid_name'],
    ['a\u2066b\u2069', 'invalid_name'],
    [undefined, 'invalid_name'],
    [7, 'invalid_name'],
  ])('A20.11 A20.3 refuses the name %j', async (name, code) => {
    const { tokens } = await world(make)
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(tokens.issue({ ...draft, name }))).toBe(code)
  })

  it.each([
    'Zoe\u0308 and Zo\u00eb',
    'zero\u200bwidth',
    '\u05de\u05d9\u05de\u05d9\u05df \u05dc\u05e9\u05de\u05d0\u05dc',
    '\u{1f469}\u200d\u{1f4bb} laptop',
    `bomb ${'\u0301'.repeat(90)}`,
    '\u{1f600}'.repeat(100),
    "'; DROP TABLE tokens; -- % _ `",
    '<script>alert(1)</script>',
  ])('A20.12 keeps the name %j exactly as it came', async (name) => {
    const { tokens } = await world(make)
    const { token } = await tokens.issue({ ...draft, name })
    expect((await tokens.get(token.id)).name).toBe(name)
    expect((await tokens.list()).items[0]?.name).toBe(name)
  })

  it('A20.12 counts a name in code points, and refuses a very long one at once', async () => {
    const { tokens } = await world(make)
    expect(await codeOf(tokens.issue({ ...draft, name: '\u{1f600}'.repeat(101) }))).toBe('invalid_name')
    expect(await codeOf(tokens.issue({ ...draft, name: 'e\u0301'.repeat(100_000) }))).toBe('invalid_name')
  })

  it.each([
    ['owner', { owner: { kind: 'user', id: 'a\0b' } }],
    ['owner', { owner: { kind: 'user', id: 'x'.repeat(256) } }],
    ['owner', { owner: { kind: 'user', id: '\u{1f600}'.repeat(64) } }],
    ['owner', { owner: { kind: 'user', id: '\ud800' } }],
    ['owner', { owner: { kind: 'user', id: 7 } }],
    ['tenant', { tenant: 'ws\0' }],
    ['tenant', { tenant: '' }],
    ['metadata', { metadata: { text: '\0' } }],
    ['metadata', { metadata: JSON.parse('{"__proto__":{"polluted":true}}') }],
    ['metadata', { metadata: { when: new Date(0) } }],
    ['metadata', { metadata: { long: 'x'.repeat(5000) } }],
    ['metadata', { metadata: null }],
    ['not before', { notBefore: Number.NaN }],
    ['not before', { notBefore: -1 }],
    ['actor', { by: { kind: 'user', id: 'a\nb', scopes: [] } }],
  ])('A20.3 refuses a %s that a database could not keep: %j', async (_, more) => {
    const { tokens, events } = await world(make)
    events.length = 0
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(tokens.issue({ ...draft, scopes: [], ...more }))).toBe('invalid_input')
    expect((await tokens.list()).items).toEqual([])
    expect(events).toEqual([])
  })

  it('A20.3 takes ids and names to the limit, of four bytes each', async () => {
    const { tokens } = await world(make)
    const owner = user(`${'\u{1f600}'.repeat(63)}abc`)
    const { secret, token } = await tokens.issue({ ...draft, owner, name: '\u{1f511}'.repeat(100) })
    expect(await answerOf({ tokens }, secret.reveal())).toBe('ok')
    expect((await tokens.list({ owner })).items.map(({ id }) => id)).toEqual([token.id])
  })

  it('takes nothing by reference: what the host changes later changes no token', async () => {
    const { tokens } = await world(make)
    const input = {
      ...draft,
      scopes: ['issues:read'] as ('issues:read' | 'issues:write')[],
      owner: { kind: 'user' as const, id: 'alice' },
      networks: ['192.0.2.0/24'],
      limits: [{ name: 'calls', limit: 3 }],
      metadata: { plan: { seats: 1 } },
    }
    const { token } = await tokens.issue(input)
    const before = structuredClone(await tokens.get(token.id))
    input.scopes.push('issues:write')
    input.owner.id = 'mallory'
    input.networks.length = 0
    Object.assign(input.limits[0] ?? {}, { limit: 99 })
    input.metadata.plan.seats = 99
    expect(await tokens.get(token.id)).toEqual(before)
  })

  it('is refused while the owner or the tenant is suspended or deleted', async () => {
    const { tokens, accounts } = await world(make)
    await accounts.suspend(user('alice'), { by: system })
    expect(await codeOf(tokens.issue(draft))).toBe('owner_inactive')
    await accounts.resume(user('alice'), { by: system })
    expect(await codeOf(tokens.issue(draft))).toBe('nothing')
    await accounts.delete(user('alice'), { by: system })
    expect(await codeOf(tokens.issue(draft))).toBe('owner_inactive')

    await accounts.suspend(tenant('ws_1'), { by: system })
    const inTenant = { ...draft, by: system, owner: user('bob'), tenant: 'ws_1' }
    expect(await codeOf(tokens.issue(inTenant))).toBe('owner_inactive')
    expect(await codeOf(tokens.issue({ ...inTenant, tenant: 'ws_2' }))).toBe('nothing')
  })

  it('is refused for a service account that does not exist', async () => {
    const { tokens } = await world(make)
    expect(await codeOf(tokens.issue({ by: system, owner: account('sa_none'), name: 'ci' }))).toBe('not_found')
  })

  it('is refused for a service account that is no longer there, as if it never was', async () => {
    const { tokens, accounts } = await world(make)
    const { id } = await accounts.create({ by: system, tenant: 'ws_1', name: 'bot', scopes: ['issues:read'] })
    await accounts.delete(id, { by: system })
    expect(await codeOf(tokens.issue({ by: system, owner: account(id), name: 'ci' }))).toBe('not_found')
  })
})

const pepper = (id: string) => ({ id, key: new Uint8Array(32) })
const check = (): boolean => true

describe('createTokens', () => {
  it.each([
    ['an empty prefix', { prefix: '' }],
    ['a prefix that ends in its separator', { prefix: 'sl_' }],
    ['a prefix with a hyphen', { prefix: 'sl-live' }],
    ['a former prefix that is none', { formerPrefixes: ['old!'] }],
    ['no lifetime at all', { lifetimes: [] }],
    ['a lifetime that is none', { lifetimes: ['soon'] }],
    ['a short pepper', { peppers: [{ id: '1', key: new Uint8Array(16) }] }],
    ['two peppers of one id', { peppers: [pepper('1'), pepper('1')] }],
    ['no key to seal with', { sealWith: [] }],
    ['a sealing key of 16 bytes', { sealWith: [{ id: '1', key: new Uint8Array(16) }] }],
    ['a liveness without its bound', { ownerActive: { check } }],
    ['a liveness without its callback', { ownerActive: { maxStaleness: '1m' } }],
    ['a liveness that waits for nothing', { ownerActive: { check, maxStaleness: '1m', timeout: 0 } }],
    ['a liveness that waits for ever', { ownerActive: { check, maxStaleness: '1m', timeout: '30d' } }],
    ['a buffer for no token', { use: { most: 0 } }],
    ['a buffer that is written all the time', { use: { flushEvery: 0 } }],
    ['a buffer that a timer cannot wait for', { use: { flushEvery: '1y' } }],
    ['a retention that is none', { retention: { ended: 'ever' } }],
    ['an audit trail without a retention', { retention: { audit: -1 } }],
  ])('refuses %s', async (_, more) => {
    const [{ make }] = stores as [(typeof stores)[number]]
    const store = await make()
    const options = { store, catalogue, prefix: 'sl', ...more }
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(Promise.resolve().then(() => createTokens(options)))).toBe('invalid_option')
  })

  it('refuses a store in which a revocation may go unseen', async () => {
    const [{ make }] = stores as [(typeof stores)[number]]
    const store = await make()
    const lax = Object.assign(Object.create(store), { capabilities: { ...store.capabilities, linearizable: false } })
    expect(await codeOf((async () => createTokens({ store: lax, catalogue, prefix: 'sl' }))())).toBe('invalid_option')
  })
})
