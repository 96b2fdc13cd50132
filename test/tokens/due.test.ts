import { createTokens, system, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, catalogue, codeOf, draft, world } from '../support/world.js'

describe.each(stores)('due, on the $name store,', ({ make }) => {
  const wants = { lifetimes: ['any', 'never'] } as const

  it('tells which tokens expire within a time, its very end included', async () => {
    const { tokens, clock } = await world(make, wants)
    for (const days of [1, 7, 8]) await tokens.issue({ ...draft, name: `${days}d`, expiresIn: `${days}d` })
    await tokens.issue(draft)
    const due = async () => (await tokens.due({ within: '7d' })).items.map(({ token, why }) => `${token.name} ${why}`)
    expect(await due()).toEqual(['7d expires', '1d expires'])
    clock.advance('1d')
    expect(await due()).toEqual(['8d expires', '7d expires'])
  })

  it('tells which tokens have been neither made nor used for a time', async () => {
    const { tokens, clock } = await world(make, wants)
    const used = await tokens.issue({ ...draft, name: 'used' })
    await tokens.issue({ ...draft, name: 'idle' })
    clock.advance('45d')
    await tokens.issue({ ...draft, name: 'new' })
    await tokens.verify(used.secret.reveal())
    await tokens.flush()
    const due = async () =>
      (await tokens.due({ unusedFor: '90d' })).items.map(({ token, why }) => `${token.name} ${why}`)
    clock.advance('45d')
    expect(await due()).toEqual(['idle dormant'])
    clock.advance('45d')
    expect(await due()).toEqual(['new dormant', 'idle dormant', 'used dormant'])
    expect((await tokens.due({ unusedFor: '90d' })).items[2]?.token.use).toMatchObject({ count: 1 })
    await tokens.verify(used.secret.reveal())
    expect(await due()).toEqual(['new dormant', 'idle dormant'])
  })

  it('names a token once that is both, and leaves out what cannot be used any more', async () => {
    const { tokens, accounts, clock } = await world(make, wants)
    const issue = async (name: string, more: object = {}) =>
      (await tokens.issue({ ...draft, name, expiresIn: '91d', ...more })).token
    await issue('both')
    await tokens.pause((await issue('paused')).id, { by: alice })
    await issue('later', { notBefore: 8.64e15 })
    await tokens.revoke((await issue('revoked')).id, { by: alice })
    await issue('suspended', { owner: user('bob') })
    await issue('all', { owner: user('carol') })
    await issue('expired', { expiresIn: '1d' })
    await accounts.suspend(user('bob'), { by: system })
    await tokens.revokeAll({ by: system, owner: user('carol') })
    clock.advance('90d')
    const { items } = await tokens.due({ within: '7d', unusedFor: '30d' })
    expect(items.map(({ token, why }) => `${token.name} ${why}`)).toEqual([
      'later expires',
      'paused expires',
      'both expires',
    ])
  })

  it('is of an owner and of a tenant where the host says so', async () => {
    const { tokens } = await world(make)
    await tokens.issue({ ...draft, name: 'a', tenant: 'ws_1', expiresIn: '1d' })
    await tokens.issue({ ...draft, name: 'b', owner: user('bob'), expiresIn: '1d' })
    const names = async (of: object) => (await tokens.due({ within: '7d', ...of })).items.map(({ token }) => token.name)
    expect(await names({ owner: user('bob') })).toEqual(['b'])
    expect(await names({ tenant: 'ws_1' })).toEqual(['a'])
    expect(await names({ tenant: 'ws_1', owner: user('bob') })).toEqual([])
  })

  it('comes in pages of both kinds together, newest first, each token once', async () => {
    const { tokens, clock } = await world(make, wants)
    const newestFirst: string[] = []
    for (let i = 0; i < 24; i++) {
      const expiresIn = i % 3 === 0 ? ('never' as const) : ('60d' as const)
      newestFirst.unshift((await tokens.issue({ ...draft, name: `t${i}`, expiresIn })).token.name)
      if (i % 4 === 0) clock.advance(1)
    }
    clock.advance('55d')
    for (const limit of [1, 5, 23, 24, 30]) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await tokens.due({ within: '7d', unusedFor: '50d', limit, cursor })
        seen.push(...page.items.map(({ token }) => token.name))
        cursor = page.cursor
      } while (cursor !== undefined)
      expect(seen).toEqual(newestFirst)
    }
  })

  it('comes in the same pages where several instances made tokens in the same millisecond', async () => {
    const { tokens, store } = await world(make)
    const ids: string[] = []
    for (let i = 0; i < 6; i++) {
      const instance = createTokens({ store, catalogue, prefix: 'sl' })
      ids.push((await instance.issue({ ...draft, expiresIn: i % 2 ? '60d' : '5d' })).token.id)
    }
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await tokens.due({ within: '7d', unusedFor: 0, limit: 1, cursor })
      seen.push(...page.items.map(({ token }) => token.id))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect([...seen].sort()).toEqual([...ids].sort())
    expect(new Set(seen).size).toBe(6)
  })

  it('wants to know what is due', async () => {
    const { tokens } = await world(make)
    expect(await codeOf(tokens.due({}))).toBe('invalid_input')
    // @ts-expect-error no length of time
    expect(await codeOf(tokens.due({ within: 'soon' }))).toBe('invalid_option')
    expect(await codeOf(tokens.due({ unusedFor: -1 }))).toBe('invalid_option')
    // @ts-expect-error the types say so too, where they are strict
    expect(await codeOf(tokens.due({ within: '1d', tenant: undefined }))).toBe('invalid_input')
  })
})
