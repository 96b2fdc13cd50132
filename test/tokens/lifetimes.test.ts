import { system, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { nearStores } from '../support/stores.js'
import { alice, answerOf, codeOf, draft, START, world } from '../support/world.js'

const DAY = 86_400_000
type World = Awaited<ReturnType<typeof world>>

/** A world of tokens without end, and the names that are listed once days have passed and a sweep came by. */
async function endlessWorld(make: (typeof nearStores)[number]['make']) {
  const here = await world(make, { lifetimes: ['never'], retention: { ended: '7d' } })
  return {
    here,
    endless: (id: string, name: string, tenant = 'ws_1') =>
      here.tokens.issue({ ...draft, owner: user(id), tenant, name }),
    async sweepAfter(days: `${number}d`) {
      here.clock.advance(days)
      while ((await here.bare.sweep(2)).more);
      return (await here.tokens.list()).items.map(({ name }) => name)
    },
  }
}

describe.each(nearStores)('a lifetime, on the $name store,', ({ make }) => {
  it('is one year where the host allows any that ends and the caller names none', async () => {
    const { tokens } = await world(make)
    expect((await tokens.issue(draft)).token.expiresAt).toBe(START + 365 * DAY)
  })

  it('may be any that ends: a length of time, milliseconds, a date or a moment', async () => {
    const { tokens } = await world(make)
    const expiry = async (more: object) => (await tokens.issue({ ...draft, ...more })).token.expiresAt
    expect(await expiry({ expiresIn: '90d' })).toBe(START + 90 * DAY)
    expect(await expiry({ expiresIn: 1 })).toBe(START + 1)
    expect(await expiry({ expiresAt: new Date(START + 5) })).toBe(START + 5)
    expect(await expiry({ expiresAt: START + 6 })).toBe(START + 6)
  })

  it.each([
    [{ expiresAt: 0 }],
    [{ expiresAt: Number.NaN }],
    [{ expiresAt: new Date(Number.NaN) }],
    [{ expiresAt: START }],
    [{ expiresAt: START - 1 }],
    [{ expiresAt: START + 0.5 }],
    [{ expiresAt: Number.POSITIVE_INFINITY }],
    [{ expiresAt: Number.MAX_SAFE_INTEGER }],
    [{ expiresAt: 8.64e15 + 1 }],
    [{ expiresAt: '2030-01-01' }],
    [{ expiresIn: 0 }],
    [{ expiresIn: -1 }],
    [{ expiresIn: '0d' }],
    [{ expiresIn: '1001y' }],
    [{ expiresIn: 'soon' }],
    [{ expiresIn: null }],
    [{ expiresIn: '1d', expiresAt: START + DAY }],
  ])('A1.12 is not %j', async (more) => {
    const { tokens } = await world(make, { lifetimes: ['any', 'never'] })
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(tokens.issue({ ...draft, ...more }))).toBe('invalid_expiry')
    const { token } = await tokens.issue(draft)
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(tokens.update(token.id, { by: alice, ...more }))).toBe('invalid_expiry')
  })

  it('A1.12 is endless only where the host allows it', async () => {
    const { tokens } = await world(make)
    expect(await codeOf(tokens.issue({ ...draft, expiresAt: null }))).toBe('lifetime_not_allowed')
    expect(await codeOf(tokens.issue({ ...draft, expiresIn: 'never' }))).toBe('lifetime_not_allowed')
    const lax = await world(make, { lifetimes: ['any', 'never'] })
    expect((await lax.tokens.issue(draft)).token.expiresAt).toBeNull()
    expect((await lax.tokens.issue({ ...draft, expiresAt: null })).token.expiresAt).toBeNull()
  })

  it('A1.12 without end is never swept as expired', async () => {
    const { tokens, bare, clock } = await world(make, { lifetimes: ['any', 'never'] })
    const endless = await tokens.issue({ ...draft, expiresIn: 'never' })
    const short = await tokens.issue({ ...draft, expiresIn: '1d' })
    clock.advance('10y')
    while ((await bare.sweep(100)).more);
    expect(await answerOf({ tokens }, endless.secret.reveal())).toBe('ok')
    expect(await answerOf({ tokens }, short.secret.reveal())).toBe('unknown')
  })

  it('SL3 is one of those that the host names, and nothing else', async () => {
    const { tokens } = await world(make, { lifetimes: ['30d', '90d', '1y', 'never'] })
    for (const expiresIn of ['30d', '90d', '1y', 'never'] as const) {
      expect(await codeOf(tokens.issue({ ...draft, expiresIn }))).toBe('nothing')
    }
    expect((await tokens.issue({ ...draft, expiresIn: 365 * DAY })).token.expiresAt).toBe(START + 365 * DAY)
    for (const expiresIn of ['31d', '2y', 1] as const) {
      expect(await codeOf(tokens.issue({ ...draft, expiresIn }))).toBe('lifetime_not_allowed')
    }
    expect(await codeOf(tokens.issue({ ...draft, expiresAt: START + 5 }))).toBe('lifetime_not_allowed')
    expect((await tokens.issue(draft)).token.expiresAt).toBeNull()
  })

  it('must be named where the host names some and none of them is endless', async () => {
    const { tokens } = await world(make, { lifetimes: ['30d'] })
    expect(await codeOf(tokens.issue(draft))).toBe('lifetime_not_allowed')
  })

  it('is as bound at an edit as at the issue', async () => {
    const { tokens } = await world(make, { lifetimes: ['30d', '90d'] })
    const { token } = await tokens.issue({ ...draft, expiresIn: '30d' })
    expect(await codeOf(tokens.update(token.id, { by: alice, expiresIn: '1y' }))).toBe('lifetime_not_allowed')
    expect(await codeOf(tokens.update(token.id, { by: system, expiresAt: null }))).toBe('lifetime_not_allowed')
    expect((await tokens.update(token.id, { by: alice, expiresIn: '90d' })).expiresAt).toBe(START + 90 * DAY)
  })

  it('keeps what has ended listed for as long as the host says, and no longer', async () => {
    const { tokens, bare, clock } = await world(make, { retention: { ended: '7d' } })
    const { token } = await tokens.issue({ ...draft, expiresIn: '1d' })
    const revoked = (await tokens.issue(draft)).token
    clock.advance('1d')
    await tokens.revoke(revoked.id, { by: alice })
    const sweepAfter = async (days: `${number}d`) => {
      clock.advance(days)
      while ((await bare.sweep(100)).more);
      return (await tokens.list()).items.map(({ id }) => id)
    }
    expect(await sweepAfter('6d')).toEqual([revoked.id, token.id])
    expect(await sweepAfter('1d')).toEqual([])
  })

  it('keeps what was given another end listed from that end on', async () => {
    const { tokens, bare, clock } = await world(make, { lifetimes: ['any', 'never'], retention: { ended: '7d' } })
    const longer = (await tokens.issue({ ...draft, name: 'longer', expiresIn: '1d' })).token
    const shorter = (await tokens.issue({ ...draft, name: 'shorter', expiresIn: '90d' })).token
    const endless = (await tokens.issue({ ...draft, name: 'endless', expiresIn: '1d' })).token
    await tokens.update(longer.id, { by: alice, expiresIn: '30d' })
    await tokens.update(shorter.id, { by: alice, expiresIn: '2d' })
    await tokens.update(endless.id, { by: alice, expiresIn: 'never' })
    clock.advance('10d')
    while ((await bare.sweep(100)).more);
    expect((await tokens.list()).items.map(({ name }) => name)).toEqual(['endless', 'longer'])
  })

  it.each([
    ['revokeAll', ({ tokens }: World) => tokens.revokeAll({ by: system, owner: user('alice') })],
    ['revokeAll of the tenant', ({ tokens }: World) => tokens.revokeAll({ by: system, tenant: 'ws_1' })],
    ['a cut-off', ({ accounts }: World) => accounts.cutOff(user('alice'), { by: system })],
    ['a deletion', ({ accounts }: World) => accounts.delete(user('alice'), { by: system })],
  ])(
    'I7 that was without end has one after %s: the tokens stay listed as long as the host says, and go',
    async (_, end) => {
      const { here, endless, sweepAfter } = await endlessWorld(make)
      for (const n of [1, 2, 3]) await endless('alice', `ended ${n}`)
      const other = await endless('bob', 'of another', 'ws_2')
      await end(here)
      expect(await sweepAfter('6d')).toHaveLength(4)
      expect(await sweepAfter('1d')).toEqual(['of another'])
      expect(await answerOf(here, other.secret.reveal())).toBe('ok')
    },
  )

  it('I7 that ended is not put off by what ends later, and what is issued meanwhile lives', async () => {
    const { here, endless, sweepAfter } = await endlessWorld(make)
    const revokeAll = () => here.tokens.revokeAll({ by: system, owner: user('alice') })
    await endless('alice', 'first')
    await revokeAll()
    await sweepAfter('4d')
    await endless('alice', 'second')
    await revokeAll()
    const { secret } = await endless('alice', 'third')
    expect(await sweepAfter('3d')).toEqual(['third'])
    expect(await answerOf(here, secret.reveal())).toBe('ok')
    await revokeAll()
    expect(await sweepAfter('6d')).toEqual(['third'])
    expect(await sweepAfter('1d')).toEqual([])
  })

  it('A20.21 may reach beyond 2038 and beyond what 32 bits of seconds hold', async () => {
    const { tokens, clock } = await world(make)
    clock.set(Date.UTC(2106, 1, 8))
    const { secret, token } = await tokens.issue({ ...draft, expiresIn: '500y' })
    expect((await tokens.get(token.id)).expiresAt).toBe(Date.UTC(2106, 1, 8) + 500 * 365 * DAY)
    clock.advance('499y')
    expect(await answerOf({ tokens }, secret.reveal())).toBe('ok')
    clock.advance('1y')
    expect(await answerOf({ tokens }, secret.reveal())).toBe('expired')
    expect((await tokens.issue({ ...draft, expiresAt: 8.64e15 })).token.expiresAt).toBe(8.64e15)
  })
})
