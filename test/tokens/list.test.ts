import { type Owner, system, type Token, tenant, user } from 'tokenloop'
import { countingStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, codeOf, draft, START, world } from '../support/world.js'

const idsOf = ({ items }: { items: readonly { id: string }[] }) => items.map(({ id }) => id)

describe.each(stores)('a list, on the $name store,', ({ make }) => {
  /** Tokens of alice in two tenants and in none, and one of bob. */
  const filled = async () => {
    const here = await world(make)
    const issued: Record<string, Token> = {}
    for (const [name, owner, tenantId] of [
      ['a', 'alice', undefined],
      ['b', 'alice', 'ws_1'],
      ['c', 'bob', 'ws_1'],
      ['d', 'alice', 'ws_2'],
    ] as const) {
      const place = tenantId === undefined ? {} : { tenant: tenantId }
      issued[name] = (await here.tokens.issue({ ...draft, name, owner: user(owner), ...place })).token
      here.clock.advance(1)
    }
    const names = async (input: Parameters<typeof here.tokens.list>[0]) =>
      (await here.tokens.list(input)).items.map(({ name }) => name).join('')
    return { ...here, issued, names }
  }

  it('is of an owner, of a tenant, of both, or of all; newest first', async () => {
    const { names } = await filled()
    expect(await names({ owner: user('alice') })).toBe('dba')
    expect(await names({ tenant: 'ws_1' })).toBe('cb')
    expect(await names({ owner: user('alice'), tenant: 'ws_1' })).toBe('b')
    expect(await names({ owner: user('nobody') })).toBe('')
    expect(await names({})).toBe('dcba')
  })

  it('takes no call of the store for each token that it leaves out', async () => {
    const { tokens, store } = await world(make, { wrap: countingStore })
    for (let i = 0; i < 600; i++) await tokens.issue(draft)
    await tokens.revokeAll({ by: system, owner: user('alice') })
    const names = ['x', 'y', 'z']
    for (const name of names) await tokens.issue({ ...draft, name })
    const counts = store as ReturnType<typeof countingStore>
    counts.reset()
    const first = await tokens.list({ owner: user('alice'), unrevoked: true, limit: 2 })
    expect(first.items.map(({ name }) => name)).toEqual(['z', 'y'])
    const last = await tokens.list({ owner: user('alice'), unrevoked: true, limit: 2, cursor: first.cursor })
    expect(last.items.map(({ name }) => name)).toEqual(['x'])
    expect(last.cursor).toBeUndefined()
    expect(counts.calls.list).toBe(4)
  })

  it('is never of all because the host forgot to say of whom', async () => {
    const { tokens } = await filled()
    // @ts-expect-error the types say so too, where they are strict
    expect(await codeOf(tokens.list({ owner: undefined }))).toBe('invalid_input')
    // @ts-expect-error the types say so too, where they are strict
    expect(await codeOf(tokens.list({ tenant: undefined }))).toBe('invalid_input')
    // @ts-expect-error a tenant owns no token
    expect(await codeOf(tokens.list({ owner: tenant('ws_1') }))).toBe('invalid_input')
    // @ts-expect-error a list has one owner
    expect(await codeOf(tokens.list({ owner: [user('alice')] as Owner[] }))).toBe('invalid_input')
  })

  it('shows each token as it stands now', async () => {
    const { tokens, accounts, issued, clock } = await filled()
    const status = async () => Object.fromEntries((await tokens.list()).items.map(({ name, status }) => [name, status]))
    await tokens.pause(issued.a?.id ?? '', { by: alice })
    await accounts.suspend(user('bob'), { by: system })
    expect(await status()).toEqual({ a: 'paused', b: 'active', c: 'owner_inactive', d: 'active' })
    await tokens.revokeAll({ by: system, tenant: 'ws_1' })
    await tokens.update(issued.d?.id ?? '', { by: alice, notBefore: START + 9e9 })
    expect(await status()).toEqual({ a: 'paused', b: 'revoked', c: 'revoked', d: 'not_yet' })
    clock.advance('1y')
    expect(await status()).toEqual({ a: 'expired', b: 'revoked', c: 'revoked', d: 'expired' })
  })

  it('can leave out what was revoked, one by one or all at once, and makes no page short by it', async () => {
    const { tokens, issued, names, clock } = await filled()
    await tokens.revoke(issued.a?.id ?? '', { by: alice })
    await tokens.revokeAll({ by: system, tenant: 'ws_1' })
    expect(await names({})).toBe('dcba')
    expect(await names({ unrevoked: true })).toBe('d')
    clock.advance(1)
    await tokens.issue({ ...draft, name: 'e' })
    const page = await tokens.list({ unrevoked: true, limit: 2 })
    expect(page.items.map(({ name }) => name)).toEqual(['e', 'd'])
  })

  it('comes in pages, newest first also within one millisecond, each token once', async () => {
    const { tokens, clock } = await world(make)
    const newestFirst: string[] = []
    for (let i = 0; i < 25; i++) {
      if (i % 10 === 0) clock.advance(1)
      newestFirst.unshift((await tokens.issue({ ...draft, name: `t${i}` })).token.id)
    }
    for (const limit of [1, 7, 24, 25, 26]) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await tokens.list({ owner: user('alice'), limit, cursor })
        expect(page.items.length).toBeLessThanOrEqual(limit)
        seen.push(...idsOf(page))
        cursor = page.cursor
      } while (cursor !== undefined)
      expect(seen).toEqual(newestFirst)
    }
  })

  it('goes on where its page ended, whatever is issued and revoked meanwhile', async () => {
    const { tokens, clock } = await world(make)
    const ids: string[] = []
    for (let i = 0; i < 6; i++) {
      clock.advance(1)
      ids.unshift((await tokens.issue(draft)).token.id)
    }
    const first = await tokens.list({ limit: 3 })
    clock.advance(1)
    await tokens.issue(draft)
    await tokens.revoke(ids[2] ?? '', { by: alice })
    const second = await tokens.list({ limit: 3, cursor: first.cursor })
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids)
    expect(second).not.toHaveProperty('cursor')
  })

  it('A1.18 shows nothing of another tenant, whatever cursor it is given', async () => {
    const { tokens } = await filled()
    const theirs = await tokens.list({ tenant: 'ws_1', limit: 1 })
    const mine = await tokens.list({ tenant: 'ws_2', limit: 10, cursor: theirs.cursor })
    expect(mine.items.every((token) => token.tenant === 'ws_2')).toBe(true)
    const { cursor } = await tokens.list({ tenant: 'ws_2', limit: 1 })
    expect(cursor).toBeUndefined()
  })

  it.each([0, -1, 1.5, 501, Number.NaN, '10', null])('refuses a page of %j', async (limit) => {
    const { tokens } = await world(make)
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(tokens.list({ limit }))).toBe('invalid_input')
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(tokens.due({ within: '1d', limit }))).toBe('invalid_input')
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(tokens.audit({ limit }))).toBe('invalid_input')
  })

  it.each(['', 'x', '%', '../..', 'MTIzNDU', '\0', 'A'.repeat(2000), 7, null, {}])(
    'refuses the cursor %j',
    async (cursor) => {
      const { tokens } = await world(make)
      // @ts-expect-error what is wrong with some of them
      expect(await codeOf(tokens.list({ cursor }))).toBe('invalid_cursor')
      // @ts-expect-error what is wrong with some of them
      expect(await codeOf(tokens.audit({ cursor }))).toBe('invalid_cursor')
    },
  )

  it('has a page of fifty where the host does not say', async () => {
    const { tokens } = await world(make)
    for (let i = 0; i < 51; i++) await tokens.issue(draft)
    expect((await tokens.list()).items).toHaveLength(50)
    expect((await tokens.list({ limit: 500 })).items).toHaveLength(51)
  })

  it('and a token by its id, within an owner or a tenant where the host says so', async () => {
    const { tokens, issued } = await filled()
    const { id = '' } = issued.b ?? {}
    expect((await tokens.get(id)).name).toBe('b')
    expect((await tokens.get(id, { owner: user('alice'), tenant: 'ws_1' })).name).toBe('b')
    for (const within of [{ owner: user('bob') }, { tenant: 'ws_2' }, { owner: user('alice'), tenant: 'ws_2' }]) {
      expect(await codeOf(tokens.get(id, within))).toBe('not_found')
    }
    expect(await codeOf(tokens.get(issued.a?.id ?? '', { tenant: 'ws_1' }))).toBe('not_found')
    expect(await codeOf(tokens.get('sl_00000000000'))).toBe('not_found')
    expect(await codeOf(tokens.get(id.toUpperCase()))).toBe('not_found')
    for (const wrong of ['', 'a\0', 'x'.repeat(300), undefined]) {
      // @ts-expect-error what is wrong with some of them
      expect(await codeOf(tokens.get(wrong))).toBe('invalid_input')
    }
    for (const within of [{}, { tenant: undefined }, { owner: undefined }, { tenant: null }]) {
      // @ts-expect-error what is wrong with some of them
      expect(await codeOf(tokens.get(id, within))).toBe('invalid_input')
    }
  })
})
