import { account, system, tenant, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { catalogue, codeOf, interposed, world } from '../support/world.js'

describe.each(stores)('a user who acts, on the $name store,', ({ make }) => {
  const by = user('alice', { scopes: catalogue.names, tenant: 'ws_1' })
  const sealWith = [{ id: 'k', key: new Uint8Array(32) }]

  /** A service account with a token, and one that is suspended, made by somebody else. */
  const office = async () => {
    const house = await world(make, { sealWith })
    const bot = await house.accounts.create({ by: system, tenant: 'ws_2', name: 'bot', scopes: ['issues:read'] })
    const { token } = await house.tokens.issue({ by: system, owner: account(bot.id), name: 'ci' })
    const paused = await house.tokens.issue({ by: system, owner: account(bot.id), name: 'paused' })
    await house.tokens.pause(paused.token.id, { by: system })
    await house.accounts.suspend(user('bob'), { by: system })
    return { ...house, bot, token, paused: paused.token, within: { tenant: 'ws_2' } }
  }
  type Office = Awaited<ReturnType<typeof office>>

  /** Everything that gives somebody something. */
  const GIFTS: Readonly<Record<string, (house: Office) => Promise<unknown>>> = {
    'issue to a service account': ({ tokens, bot }) =>
      tokens.issue({ by, owner: account(bot.id), tenant: 'ws_2', name: 'new' }),
    'issue to another user': ({ tokens }) => tokens.issue({ by, owner: user('carol'), name: 'new', scopes: [] }),
    'update a token': ({ tokens, token, within }) => tokens.update(token.id, { by, within, scopes: [] }),
    'rotate a token': ({ tokens, token, within }) => tokens.rotate(token.id, { by, within }),
    'reveal a token': ({ tokens, token, within }) => tokens.reveal(token.id, { by, within }),
    'resume a token': ({ tokens, paused, within }) => tokens.resume(paused.id, { by, within }),
    'create an account': ({ accounts }) => accounts.create({ by, tenant: 'ws_3', name: 'new', scopes: [] }),
    'widen an account': ({ accounts, bot, within }) => accounts.update(bot.id, { by, within, scopes: catalogue.names }),
    'resume a user': ({ accounts }) => accounts.resume(user('bob'), { by: user('alice') }),
  }

  const ENDS: Readonly<Record<string, (house: Office) => Promise<void>>> = {
    suspended: ({ accounts }) => accounts.suspend(user('alice'), { by: system }),
    deleted: ({ accounts }) => accounts.delete(user('alice'), { by: system }),
  }

  describe.each(Object.entries(ENDS))('and is %s after the host named them,', (_, end) => {
    it.each(Object.entries(GIFTS))('A1.13 gives nothing any more: %s', async (_, give) => {
      expect(await codeOf(give(await office()))).toBe('nothing')
      const house = await office()
      await end(house)
      const before = await Promise.all([house.tokens.list(), house.accounts.list()])
      expect(await codeOf(give(house))).toBe('scope_not_allowed')
      expect(await Promise.all([house.tokens.list(), house.accounts.list()])).toEqual(before)
    })
  })

  it.each(Object.entries(GIFTS).filter(([name]) => name !== 'resume a user'))(
    'A1.13 gives nothing while their tenant is suspended: %s',
    async (_, give) => {
      const house = await office()
      await house.accounts.suspend(tenant('ws_1'), { by: system })
      expect(await codeOf(give(house))).toMatch(/^(scope_not_allowed|owner_inactive)$/)
    },
  )

  it.each(Object.entries(GIFTS))(
    'A1.13 gives nothing where they are suspended just before the write: %s',
    async (_, give) => {
      const house = await office()
      const end = () => house.accounts.suspend(user('alice'), { by: system })
      const { tokens, accounts } = await world(async () => interposed(house.bare, 'write', end), { sealWith })
      expect(await codeOf(give({ ...house, tokens, accounts }))).toBe('scope_not_allowed')
    },
  )

  it('gives as before once they are resumed, and the host may let them do that themselves', async () => {
    const { tokens, accounts } = await office()
    const wish = { by, owner: user('carol'), name: 'new', scopes: ['issues:read'] } as const
    await accounts.suspend(user('alice'), { by })
    expect(await codeOf(tokens.issue(wish))).toBe('scope_not_allowed')
    await accounts.resume(user('alice'), { by })
    expect(await codeOf(tokens.issue(wish))).toBe('nothing')
  })

  it('still takes back what they gave: what ends something is no gift', async () => {
    const { tokens, accounts, token, bot, within } = await office()
    await accounts.suspend(user('alice'), { by: system })
    expect(await codeOf(tokens.pause(token.id, { by, within }))).toBe('nothing')
    expect(await codeOf(tokens.revoke(token.id, { by, within }))).toBe('nothing')
    expect(await codeOf(accounts.delete(bot.id, { by, within }))).toBe('nothing')
  })
})
