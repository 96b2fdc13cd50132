import { account, system, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { catalogue, codeOf, draft, interposed, START, type WorldOptions, world } from '../support/world.js'

const HOUR = 3_600_000

describe.each(stores)('a token that acts, on the $name store,', ({ make }) => {
  /** A token of alice's whose principal was checked a moment ago, and another one that it could change. */
  const checked = async (fields: object = {}, options: WorldOptions = {}) => {
    const house = await world(make, { lifetimes: ['any', 'never'], ...options })
    const { tokens } = house
    const acting = await tokens.issue({ ...draft, by: system, name: 'acting', expiresAt: null, ...fields })
    const other = await tokens.issue({ ...draft, by: system, name: 'other', expiresAt: null, ...fields })
    const seen = await tokens.verify(acting.secret.reveal(), { ip: '192.0.2.7' })
    if (!seen.ok) throw new Error(seen.reason)
    return { ...house, acting, other, by: seen.principal }
  }
  type Checked = Awaited<ReturnType<typeof checked>>

  /** Everything by which a token could live on in another one. */
  const GIFTS: Readonly<Record<string, (world: Checked) => Promise<unknown>>> = {
    issue: ({ tokens, by }) => tokens.issue({ ...draft, by }),
    'issue without a scope': ({ tokens, by }) => tokens.issue({ ...draft, by, scopes: [] }),
    update: ({ tokens, by, other }) =>
      tokens.update(other.token.id, { by, scopes: ['issues:read'], networks: ['::1'] }),
    rotate: ({ tokens, by, other }) => tokens.rotate(other.token.id, { by }),
    reveal: ({ tokens, by, other }) => tokens.reveal(other.token.id, { by }),
    'create an account': ({ accounts, by }) => accounts.create({ by, tenant: 'ws_1', name: 'bot', scopes: [] }),
  }

  /** Everything that ends what a token may do. */
  const ENDS: Readonly<Record<string, (world: Checked) => Promise<unknown>>> = {
    'was revoked': ({ tokens, acting }) => tokens.revoke(acting.token.id, { by: system }),
    'was paused': ({ tokens, acting }) => tokens.pause(acting.token.id, { by: system }),
    'was rotated away': ({ tokens, acting }) => tokens.rotate(acting.token.id, { by: system }),
    'was narrowed': ({ tokens, acting }) => tokens.update(acting.token.id, { by: system, scopes: [] }),
    'ended with all of its owner': ({ tokens }) => tokens.revokeAll({ by: system, owner: user('alice') }),
    'lost its owner': ({ accounts }) => accounts.suspend(user('alice'), { by: system }),
  }

  const sealWith = [{ id: 'k', key: new Uint8Array(32) }]

  describe.each(Object.entries(ENDS))('and %s after it was checked,', (_, end) => {
    it.each(Object.entries(GIFTS))('A1.13 gives nothing any more: %s', async (_, give) => {
      const house = await checked({}, { sealWith })
      expect(await codeOf(give(await checked({}, { sealWith })))).toBe('nothing')
      await end(house)
      const before = (await house.tokens.list()).items.length
      expect(await codeOf(give(house))).toMatch(/^(scope_not_allowed|ended|owner_inactive)$/)
      expect((await house.tokens.list()).items).toHaveLength(before)
      expect((await house.accounts.list()).items).toEqual([])
    })
  })

  it.each(['issue', 'rotate', 'create an account'])(
    'A1.13 gives nothing where it is revoked just before the write: %s',
    async (gift) => {
      const house = await checked()
      const end = () => house.tokens.revoke(house.acting.token.id, { by: system })
      const again = await world(async () => interposed(house.bare, 'write', end), { lifetimes: ['any', 'never'] })
      const code = await codeOf(
        GIFTS[gift]?.({ ...house, tokens: again.tokens, accounts: again.accounts }) as Promise<unknown>,
      )
      expect(code).toBe('scope_not_allowed')
    },
  )

  it('A1.17 gives nothing that outlives it', async () => {
    const { tokens, by, other, acting, clock } = await checked({ expiresAt: START + HOUR })
    await tokens.update(other.token.id, { by: system, expiresAt: null })
    expect(await codeOf(tokens.issue({ ...draft, by, expiresIn: 'never' }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.issue({ ...draft, by, expiresIn: HOUR + 1 }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.rotate(other.token.id, { by }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.update(acting.token.id, { by, expiresIn: 'never' }))).toBe('scope_not_allowed')
    clock.advance('1m')
    expect((await tokens.issue({ ...draft, by })).token.expiresAt).toBe(START + HOUR)
    expect((await tokens.rotate(acting.token.id, { by })).token.expiresAt).toBe(START + HOUR)
  })

  it('A1.17 gives nothing that is free of its networks or its limits', async () => {
    const bounds = { networks: ['192.0.2.0/24'], limits: [{ name: 'calls', limit: 5 }] }
    const { tokens, by, other, acting } = await checked(bounds)
    const { networks, limits } = bounds
    expect(await codeOf(tokens.issue({ ...draft, by }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.issue({ ...draft, by, networks }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.issue({ ...draft, by, limits }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.update(acting.token.id, { by, networks: [] }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.update(acting.token.id, { by, limits: [] }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.issue({ ...draft, by, ...bounds }))).toBe('nothing')
    await tokens.update(other.token.id, { by: system, networks: [] })
    expect(await codeOf(tokens.rotate(other.token.id, { by }))).toBe('scope_not_allowed')
  })

  it('A1.14 gives, by a secret that overlaps, nothing beyond the overlap but what replaces that secret', async () => {
    const { tokens, by, acting, other } = await checked({}, { sealWith })
    await tokens.rotate(acting.token.id, { by: system, overlap: '1h' })
    expect((await tokens.issue({ ...draft, by })).token.expiresAt).toBe(START + HOUR)
    expect(await codeOf(tokens.rotate(other.token.id, { by }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.reveal(acting.token.id, { by }))).toBe('scope_not_allowed')
  })

  it('A1.17 lets nobody resume what they could not give', async () => {
    const { tokens, other } = await checked({ scopes: catalogue.names })
    await tokens.pause(other.token.id, { by: system })
    expect(await codeOf(tokens.resume(other.token.id, { by: user('alice') }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.resume(other.token.id, { by: user('alice', { scopes: catalogue.names }) }))).toBe(
      'nothing',
    )
  })

  it('A1.17 takes scopes that are no list for a mistake, and not for all that a service account has', async () => {
    const { tokens, accounts } = await checked()
    const bot = await accounts.create({ by: system, tenant: 'ws_1', name: 'bot', scopes: ['workspace:admin'] })
    for (const nothing of [null, '', false, 0]) {
      const wish = { by: system, owner: account(bot.id), name: 'x' }
      // @ts-expect-error no list
      expect(await codeOf(tokens.issue({ ...wish, scopes: nothing })), String(nothing)).toBe('invalid_input')
      // @ts-expect-error no list
      expect(await codeOf(tokens.issue({ ...wish, roles: nothing })), String(nothing)).toBe('invalid_input')
    }
  })
})
