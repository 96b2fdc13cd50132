import { account, system, tenant, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, bob, codeOf, draft, START, world } from '../support/world.js'

const sealWith = [{ id: 'k', key: new Uint8Array(32).fill(7) }]

describe.each(stores)('the audit trail, on the $name store,', ({ make }) => {
  it('LP6 says of each token what was changed, when and by whom, newest first', async () => {
    const { tokens, clock } = await world(make, { sealWith })
    const by = { kind: 'user', id: 'alice' }
    const { token } = await tokens.issue(draft)
    clock.advance(1)
    await tokens.update(token.id, {
      by: alice,
      name: 'laptop',
      scopes: ['issues:write'],
      limits: [{ name: 'c', limit: 1 }],
    })
    clock.advance(1)
    await tokens.rotate(token.id, { by: alice, overlap: '1h' })
    clock.advance(1)
    await tokens.pause(token.id, { by: bob, within: { owner: user('alice') } })
    clock.advance(1)
    await tokens.resume(token.id, { by: system })
    await tokens.reveal(token.id, { by: alice })
    await tokens.revoke(token.id, { by: alice, reason: 'leaked in a log' })

    const { items } = await tokens.audit({ token: token.id })
    const common = { about: token.id, owner: { kind: 'user', id: 'alice' } }
    expect(items).toMatchObject([
      { ...common, type: 'token.revoked', at: START + 4, by, detail: { reason: 'leaked in a log' } },
      { ...common, type: 'token.revealed', at: START + 4, by },
      { ...common, type: 'token.resumed', at: START + 4, by: { kind: 'system', id: 'system' } },
      { ...common, type: 'token.paused', at: START + 3, by: { kind: 'user', id: 'bob' } },
      {
        ...common,
        type: 'token.rotated',
        at: START + 2,
        by,
        detail: { generation: 2, overlapEndsAt: START + 2 + 3_600_000 },
      },
      {
        ...common,
        type: 'token.updated',
        at: START + 1,
        by,
        detail: {
          changed: ['limits', 'name', 'scopes'],
          name: { from: 'ci', to: 'laptop' },
          scopes: { from: ['issues:read'], to: ['issues:write'] },
          roles: { from: [], to: [] },
        },
      },
      {
        ...common,
        type: 'token.issued',
        at: START,
        by,
        detail: { name: 'ci', scopes: ['issues:read'], roles: [], expiresAt: token.expiresAt },
      },
    ])
  })

  it('can be had per token, owner, tenant, actor and account, and of all', async () => {
    const { tokens, accounts, clock } = await world(make)
    const bot = await accounts.create({ by: alice, tenant: 'ws_1', name: 'bot', scopes: ['issues:read'] })
    const mine = await tokens.issue(draft)
    const seen = await tokens.verify(mine.secret.reveal())
    if (!seen.ok) throw new Error(seen.reason)
    clock.advance(1)
    await tokens.issue({ by: bob, owner: account(bot.id), name: 'ci' })
    await tokens.issue({ ...draft, by: seen.principal, tenant: 'ws_2' })
    await tokens.revokeAll({ by: bob, owner: user('alice') })
    await accounts.suspend(account(bot.id), { by: alice })
    await accounts.suspend(tenant('ws_1'), { by: system })

    const types = async (of: object) => (await tokens.audit(of)).items.map(({ type }) => type)
    expect(await types({ token: mine.token.id })).toEqual(['token.issued'])
    expect(await types({ owner: user('alice') })).toEqual(['token.issued', 'token.issued'])
    expect(await types({ owner: account(bot.id) })).toEqual(['token.issued'])
    expect(await types({ tenant: 'ws_2' })).toEqual(['token.issued'])
    expect(await types({ account: user('alice') })).toEqual(['tokens.revoked'])
    expect(await types({ account: account(bot.id) })).toEqual(['account.suspended', 'account.created'])
    expect(await types({ account: tenant('ws_1') })).toEqual(['account.suspended'])
    expect(await types({ actor: bob })).toEqual(['tokens.revoked', 'token.issued'])
    expect(await types({ actor: seen.principal })).toEqual(['token.issued'])
    expect(await types({ actor: system })).toEqual(['account.suspended'])
    expect(await types({ actor: alice, account: account(bot.id) })).toEqual(['account.suspended', 'account.created'])
    expect(await types({ actor: bob, owner: user('alice') })).toEqual([])
    const inOne = await types({ tenant: 'ws_1' })
    expect([...inOne].sort()).toEqual(['account.created', 'account.suspended', 'account.suspended', 'token.issued'])
    expect(await types({})).toHaveLength(7)
  })

  it('is never of all because the host forgot to say of what', async () => {
    const { tokens } = await world(make)
    for (const of of ['token', 'owner', 'tenant', 'actor', 'account']) {
      expect(await codeOf(tokens.audit({ [of]: undefined })), of).toBe('invalid_input')
    }
    // @ts-expect-error an account has a kind
    expect(await codeOf(tokens.audit({ account: 'user:alice' }))).toBe('invalid_input')
  })

  it('comes in pages, newest first also within one millisecond', async () => {
    const { tokens } = await world(make)
    const { token } = await tokens.issue(draft)
    for (let i = 0; i < 10; i++) await tokens.update(token.id, { by: alice, name: `n${i}` })
    const names: unknown[] = []
    let cursor: string | undefined
    do {
      const page = await tokens.audit({ token: token.id, limit: 3, cursor })
      names.push(...page.items.map(({ detail }) => detail?.name))
      cursor = page.cursor
    } while (cursor !== undefined)
    const changes = Array.from({ length: 9 }, (_, i) => ({ from: `n${8 - i}`, to: `n${9 - i}` }))
    expect(names).toEqual([...changes, { from: 'ci', to: 'n0' }, 'ci'])
  })

  it('is kept for as long as the host says, and a change that does not take place is not in it', async () => {
    const { tokens, bare, clock } = await world(make, { retention: { audit: '30d' } })
    const { token } = await tokens.issue(draft)
    await codeOf(tokens.update(token.id, { by: bob, name: 'mine' }))
    await codeOf(tokens.update(token.id, { by: user('alice'), scopes: ['issues:write'] }))
    await codeOf(tokens.issue({ ...draft, by: user('x'), scopes: ['issues:write'] }))
    expect((await tokens.audit()).items).toHaveLength(1)
    clock.advance('30d')
    while ((await bare.sweep(10)).more);
    expect((await tokens.audit()).items).toEqual([])
    expect((await tokens.get(token.id)).name).toBe('ci')
  })
})
