import { account, createAccounts, system, tenant, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, answerOf, catalogue, codeOf, interposed, START, world } from '../support/world.js'

const draft = { by: alice, tenant: 'ws_1', name: 'deploy-bot', scopes: ['issues:read', 'issues:write'] } as const

describe.each(stores)('service accounts, on the $name store,', ({ make }) => {
  it('CL7 are made for a tenant, and belong to no user', async () => {
    const { accounts, tokens } = await world(make)
    const bot = await accounts.create({ ...draft, metadata: { team: 'core' } })
    expect(bot).toEqual({
      id: expect.stringMatching(/^sa_[0-9A-Za-z]{16}$/),
      name: 'deploy-bot',
      tenant: 'ws_1',
      scopes: ['issues:read', 'issues:write'],
      status: 'active',
      createdAt: START,
      createdBy: { kind: 'user', id: 'alice' },
      metadata: { team: 'core' },
    })
    expect(await accounts.get(bot.id)).toEqual(bot)
    const { secret } = await tokens.issue({ by: alice, owner: account(bot.id), name: 'ci' })
    await accounts.delete(user('alice'), { by: system })
    expect(await answerOf({ tokens }, secret.reveal())).toBe('ok')
    expect(await accounts.get(bot.id)).toEqual(bot)
  })

  it("may be of no tenant, and are of the actor's where the host names none", async () => {
    const { accounts } = await world(make)
    const { tenant: _, ...bare } = draft
    const by = user('alice', { scopes: catalogue.names, tenant: 'ws_9' })
    expect((await accounts.create(bare)).tenant).toBeNull()
    expect((await accounts.create({ ...bare, by })).tenant).toBe('ws_9')
    expect((await accounts.create({ ...draft, by })).tenant).toBe('ws_1')
  })

  it('A1.17 are given nothing that the actor does not have', async () => {
    const { accounts } = await world(make)
    const weak = user('carol', { scopes: ['issues:read'] })
    expect(await codeOf(accounts.create({ ...draft, by: weak }))).toBe('scope_not_allowed')
    expect(await codeOf(accounts.create({ ...draft, by: user('carol') }))).toBe('scope_not_allowed')
    // @ts-expect-error not in the catalogue
    expect(await codeOf(accounts.create({ ...draft, scopes: ['*'] }))).toBe('unknown_scope')
    const bot = await accounts.create(draft)
    expect(await codeOf(accounts.update(bot.id, { by: weak, scopes: ['issues:write'] }))).toBe('scope_not_allowed')
    expect((await accounts.update(bot.id, { by: weak, scopes: ['issues:read'] })).scopes).toEqual(['issues:read'])
    expect((await accounts.list()).items).toHaveLength(1)
  })

  it.each([
    [{ name: '' }, 'invalid_name'],
    [{ name: 'a\nb' }, 'invalid_name'],
    [{ name: 'x'.repeat(101) }, 'invalid_name'],
    [{ name: '\ud800' }, 'invalid_name'],
    [{ metadata: [] }, 'invalid_input'],
    [{ metadata: { a: '\0' } }, 'invalid_input'],
    [{ metadata: null }, 'invalid_input'],
    [{ scopes: 'issues:read' }, 'invalid_input'],
    [{ by: undefined }, 'invalid_input'],
    [{ by: { kind: 'root' } }, 'invalid_input'],
  ])('A20.3 are refused with %j, when they are made and when they are changed', async (more, code) => {
    const { accounts, tokens } = await world(make)
    const bot = await accounts.create(draft)
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(accounts.create({ ...draft, ...more }))).toBe(code)
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(accounts.update(bot.id, { by: alice, ...more }))).toBe(code)
    expect((await accounts.list()).items).toEqual([bot])
    expect((await tokens.audit()).items).toHaveLength(1)
  })

  it('A20.3 are made in a tenant that is one', async () => {
    const { accounts } = await world(make)
    for (const wrong of ['', 'a\0', 'x'.repeat(256), 7, null, undefined]) {
      // @ts-expect-error what is wrong with some of them
      expect(await codeOf(accounts.create({ ...draft, tenant: wrong }))).toBe('invalid_input')
      // @ts-expect-error what is wrong with some of them
      expect(await codeOf(accounts.list({ tenant: wrong }))).toBe('invalid_input')
    }
  })

  it('CL9 give a token the scopes that they have when it is issued: a later change changes no token', async () => {
    const { accounts, tokens } = await world(make)
    const bot = await accounts.create(draft)
    const issue = async (more: object = {}) =>
      (await tokens.issue({ by: alice, owner: account(bot.id), name: 'ci', ...more })).token
    const before = await issue()
    expect(before).toMatchObject({ scopes: ['issues:read', 'issues:write'], tenant: 'ws_1' })
    await accounts.update(bot.id, { by: alice, scopes: ['issues:read'] })
    expect((await tokens.get(before.id)).scopes).toEqual(['issues:read', 'issues:write'])
    expect((await issue()).scopes).toEqual(['issues:read'])
  })

  it('give a token a part of their scopes, and never more than they have', async () => {
    const { accounts, tokens } = await world(make)
    const bot = await accounts.create(draft)
    const issue = (more: object) => tokens.issue({ by: alice, owner: account(bot.id), name: 'ci', ...more })
    expect((await issue({ scopes: ['issues:read'] })).token.scopes).toEqual(['issues:read'])
    expect((await issue({ roles: ['Reader'] })).token).toMatchObject({ scopes: [], roles: ['Reader'] })
    expect((await issue({ scopes: [] })).token.scopes).toEqual([])
    expect(await codeOf(issue({ scopes: ['workspace:admin'] }))).toBe('scope_not_allowed')
    expect(await codeOf(issue({ roles: ['Admin'] }))).toBe('scope_not_allowed')
    expect(await codeOf(issue({ by: user('x', { scopes: ['issues:read'] }) }))).toBe('scope_not_allowed')
  })

  it('are not found from another tenant, by whatever way', async () => {
    const { accounts, tokens } = await world(make)
    const bot = await accounts.create(draft)
    const by = user('mallory', { scopes: catalogue.names, tenant: 'ws_2' })
    const within = { tenant: 'ws_2' }
    const ask = { by: alice, within }
    const works = [
      accounts.get(bot.id, within),
      ...[{ by }, ask].flatMap((input) => [
        accounts.update(bot.id, { ...input, name: 'mine' }),
        accounts.delete(bot.id, input),
        accounts.suspend(bot.id, input),
        accounts.resume(account(bot.id), input),
        accounts.cutOff(bot.id, input),
      ]),
      tokens.issue({ by, owner: account(bot.id), name: 'ci' }),
      tokens.issue({ by: alice, owner: account(bot.id), name: 'ci', tenant: 'ws_2' }),
    ]
    expect(new Set(await Promise.all(works.map(codeOf)))).toEqual(new Set(['not_found']))
    expect(await accounts.get(bot.id, { tenant: 'ws_1' })).toEqual(bot)
    expect((await accounts.list({ tenant: 'ws_2' })).items).toEqual([])
    const there = user('alice', { scopes: catalogue.names, tenant: 'ws_1' })
    expect(await codeOf(accounts.suspend(bot.id, { by: there }))).toBe('nothing')
    expect(await codeOf(accounts.resume(bot.id, { by, within: { tenant: 'ws_1' } }))).toBe('nothing')
  })

  it('of no tenant are not found from any', async () => {
    const { accounts, tokens } = await world(make)
    const { tenant: _, ...bare } = draft
    const bot = await accounts.create(bare)
    expect(await codeOf(accounts.get(bot.id, { tenant: 'ws_1' }))).toBe('not_found')
    expect(await codeOf(accounts.suspend(bot.id, { by: alice, within: { tenant: 'ws_1' } }))).toBe('not_found')
    expect(await codeOf(tokens.issue({ by: alice, owner: account(bot.id), name: 'ci', tenant: 'ws_1' }))).toBe(
      'not_found',
    )
    expect((await tokens.issue({ by: alice, owner: account(bot.id), name: 'ci' })).token.tenant).toBeNull()
  })

  it('are edited, and nothing is written where nothing changes', async () => {
    const { accounts, bare, clock, tokens } = await world(make)
    const bot = await accounts.create(draft)
    clock.advance(1)
    const changed = await accounts.update(bot.id, { by: alice, name: 'other', metadata: { a: 1 } })
    expect(changed).toEqual({ ...bot, name: 'other', metadata: { a: 1 } })
    const { version } = await bare.get('account', `account:${bot.id}`)
    expect(await accounts.update(bot.id, { by: alice, name: 'other', metadata: { a: 1 } })).toEqual(changed)
    expect(await accounts.update(bot.id, { by: alice })).toEqual(changed)
    expect((await bare.get('account', `account:${bot.id}`)).version).toBe(version)
    const { items } = await tokens.audit({ account: account(bot.id) })
    expect(items).toMatchObject([
      { type: 'account.updated', at: START + 1, detail: { name: 'other' } },
      { type: 'account.created', at: START, detail: { name: 'deploy-bot', scopes: draft.scopes } },
    ])
  })

  it('are listed newest first, in pages, of a tenant or of all; deleted ones are not', async () => {
    const { accounts, clock } = await world(make)
    const ids: string[] = []
    for (let i = 0; i < 9; i++) {
      if (i % 4 === 0) clock.advance(1)
      ids.unshift((await accounts.create({ ...draft, name: `bot ${i}` })).id)
    }
    await accounts.create({ ...draft, tenant: 'ws_2' })
    await accounts.suspend(user('alice'), { by: system })
    await accounts.delete(ids[4] ?? '', { by: system })
    ids.splice(4, 1)
    for (const limit of [1, 3, 8, 50]) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await accounts.list({ tenant: 'ws_1', limit, cursor })
        seen.push(...page.items.map(({ id }) => id))
        cursor = page.cursor
      } while (cursor !== undefined)
      expect(seen).toEqual(ids)
    }
    expect((await accounts.list()).items).toHaveLength(9)
    expect(await codeOf(accounts.list({ limit: 0 }))).toBe('invalid_input')
    expect(await codeOf(accounts.list({ cursor: '?' }))).toBe('invalid_cursor')
  })

  it('are not found where there are none', async () => {
    const { accounts } = await world(make)
    for (const id of ['sa_0000000000000000', 'alice', 'user:alice']) {
      expect(await codeOf(accounts.get(id))).toBe('not_found')
      expect(await codeOf(accounts.update(id, { by: system, name: 'x' }))).toBe('not_found')
      expect(await codeOf(accounts.delete(id, { by: system }))).toBe('not_found')
      expect(await codeOf(accounts.suspend(account(id), { by: system }))).toBe('not_found')
    }
    for (const id of ['', 'a\0', undefined, {}, null, { kind: 'root', id: 'x' }, { kind: 'user' }, tenant]) {
      // @ts-expect-error what is wrong with some of them
      expect(await codeOf(accounts.delete(id, { by: system }))).toBe('invalid_input')
    }
    expect(await codeOf(accounts.get('a\0'))).toBe('invalid_input')
  })

  it('are made only where their tenant is active', async () => {
    const { accounts } = await world(make)
    await accounts.suspend(tenant('ws_1'), { by: system })
    expect(await codeOf(accounts.create(draft))).toBe('owner_inactive')
    await accounts.resume(tenant('ws_1'), { by: system })
    expect(await codeOf(accounts.create(draft))).toBe('nothing')
    await accounts.delete(tenant('ws_1'), { by: system })
    expect(await codeOf(accounts.create(draft))).toBe('owner_inactive')
  })

  it('R9 are not made in a tenant that is deleted at that very moment', async () => {
    const { accounts, store } = await world(make)
    const busy = interposed(store, 'write', () => accounts.delete(tenant('ws_1'), { by: system }))
    const late = createAccounts({ store: busy, catalogue })
    expect(await codeOf(late.create(draft))).toBe('owner_inactive')
    expect((await accounts.list()).items).toEqual([])
  })
})

describe('createAccounts', () => {
  it('refuses a store in which a suspension may go unseen, and an audit trail without a retention', async () => {
    const [{ make }] = stores as [(typeof stores)[number]]
    const store = await make()
    const lax = Object.assign(Object.create(store), { capabilities: { ...store.capabilities, linearizable: false } })
    expect(await codeOf((async () => createAccounts({ store: lax, catalogue }))())).toBe('invalid_option')
    const retention = { audit: -1 }
    expect(await codeOf((async () => createAccounts({ store, catalogue, retention }))())).toBe('invalid_option')
  })
})
