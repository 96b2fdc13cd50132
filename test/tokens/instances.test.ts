import { createTokens, defineCatalogue, system, user } from 'tokenloop'
import { describe, expect, it, vi } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, answerOf, catalogue, codeOf, draft, START, world } from '../support/world.js'

const HOUR = 3_600_000

describe.each(stores)('instances, on the $name store:', ({ make }) => {
  it('A20.16 two of them, with other options, share nothing but the store', async () => {
    const one = await world(make, { uniqueNames: true, lifetimes: ['30d'] })
    const other = createTokens({
      store: one.store,
      catalogue: defineCatalogue({ read: { description: 'Read' } }),
      prefix: 'other',
      lifetimes: ['never'],
      sealWith: [{ id: 'a', key: new Uint8Array(32) }],
      ownerActive: { check: () => false, maxStaleness: 0 },
    })
    const mine = await one.tokens.issue({ ...draft, expiresIn: '30d' })
    const theirs = await other.issue({ by: system, owner: user('alice'), name: 'ci', scopes: ['read'] })
    expect(mine.token).toMatchObject({ revealable: false, expiresAt: START + 30 * 24 * HOUR })
    expect(theirs.token).toMatchObject({ revealable: true, expiresAt: null })
    expect(await answerOf(one, mine.secret.reveal())).toBe('ok')
    expect(await other.verify(theirs.secret.reveal())).toMatchObject({ reason: 'owner_inactive' })
    expect(one.told('token.refused')).toEqual([])
  })

  it('A20.17 what the host changes in its options afterwards changes nothing', async () => {
    const key = new Uint8Array(32).fill(1)
    const pepper = { id: 'p', key: new Uint8Array(32).fill(2) }
    const sealing = { id: 's', key }
    const asked = vi.fn(() => true)
    const options = {
      prefix: 'sl',
      formerPrefixes: ['old'],
      peppers: [pepper],
      uniqueNames: true,
      lifetimes: ['30d', 'never'] as ('30d' | 'never' | '1d')[],
      sealWith: [sealing],
      ownerActive: { check: asked, maxStaleness: 0 },
      use: { flushEvery: 60_000, most: 5 },
      retention: { ended: 1000, audit: 1000 },
    }
    const { tokens, clock, bare } = await world(make, options)
    const first = await tokens.issue(draft)

    options.prefix = 'evil'
    options.formerPrefixes[0] = 'evil'
    options.peppers.length = 0
    pepper.id = 'evil'
    pepper.key.fill(9)
    options.uniqueNames = false
    options.lifetimes.push('1d')
    options.sealWith.length = 0
    sealing.id = 'evil'
    key.fill(9)
    options.ownerActive.check = vi.fn(() => false)
    options.ownerActive.maxStaleness = 10 ** 9
    options.use.most = 0
    options.retention.ended = 10 ** 9

    expect(await answerOf({ tokens }, first.secret.reveal())).toBe('ok')
    expect(await codeOf(tokens.issue(draft))).toBe('name_taken')
    expect(await codeOf(tokens.issue({ ...draft, name: 'b', expiresIn: '1d' }))).toBe('lifetime_not_allowed')
    const second = await tokens.issue({ ...draft, name: 'b' })
    expect(second.token.id).toMatch(/^sl_/)
    expect(await answerOf({ tokens }, second.secret.reveal())).toBe('ok')
    expect((await tokens.reveal(second.token.id, { by: alice })).reveal()).toBe(second.secret.reveal())
    expect(asked).toHaveBeenCalledTimes(2)
    expect(await answerOf({ tokens }, 'evil_x')).toBe('malformed')
    await tokens.revoke(first.token.id, { by: alice })
    clock.advance('1s')
    await bare.sweep(10)
    expect(await codeOf(tokens.get(first.token.id))).toBe('not_found')
  })

  it('A20.17 what the host changes in an answer changes no other answer', async () => {
    const { tokens } = await world(make)
    const { token, secret } = await tokens.issue({ ...draft, metadata: { a: 1 }, networks: ['192.0.2.1'] })
    const { id } = token
    const before = structuredClone(await tokens.get(id))
    const vandalise = (value: object) => {
      for (const [name, part] of Object.entries(value)) {
        if (typeof part === 'object' && part !== null) vandalise(part)
        Reflect.set(value, name, 'evil')
      }
    }
    vandalise(token)
    vandalise(await tokens.get(id))
    vandalise(await tokens.list())
    vandalise(await tokens.audit())
    vandalise(await tokens.verify(secret.reveal(), { ip: '192.0.2.1' }))
    vandalise(await tokens.update(id, { by: alice, name: 'x' }))
    await tokens.update(id, { by: alice, name: 'ci' })
    expect(await tokens.get(id)).toEqual({ ...before, use: { at: expect.any(Number), count: 1, ip: '192.0.2.1' } })
    expect(await tokens.verify(secret.reveal(), { ip: '192.0.2.1' })).toMatchObject({
      ok: true,
      principal: { name: 'ci' },
    })
  })

  it('A20.19 a thousand checks at once, of different owners, are answered each with their own', async () => {
    const { tokens } = await world(make, {
      ownerActive: {
        check: async ({ id }) => {
          await new Promise((resolve) => setTimeout(resolve, Number(id) % 3))
          return Number(id) % 10 > 0
        },
        maxStaleness: '1m',
      },
    })
    const texts: string[] = []
    for (let i = 0; i < 100; i++) {
      const limits = i % 2 ? [{ name: `l${i}`, limit: 100 }] : []
      texts.push((await tokens.issue({ ...draft, name: `t${i}`, owner: user(`${i}`), limits })).secret.reveal())
    }
    const seen = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => tokens.verify(texts[(i * 37) % 100], { scopes: ['issues:read'] })),
    )
    for (const [i, answer] of seen.entries()) {
      const of = (i * 37) % 100
      const expected =
        of % 10 > 0
          ? {
              ok: true,
              principal: { owner: { id: `${of}` }, name: `t${of}` },
              limits: of % 2 ? [{ name: `l${of}` }] : [],
            }
          : { ok: false, reason: 'owner_inactive' }
      expect(answer).toMatchObject(expected)
    }
  })

  it('A20.21 R13 a clock that jumps by an hour takes nothing but time: no order, no revocation, no expiry is lost', async () => {
    const { tokens, accounts, clock } = await world(make)
    const first = await tokens.issue({ ...draft, name: 'first', expiresIn: '90m' })
    clock.advance('1h')
    const revoked = await tokens.issue({ ...draft, name: 'revoked' })
    await tokens.revoke(revoked.token.id, { by: alice })
    const cut = await tokens.issue({ ...draft, owner: user('bob') })
    await accounts.cutOff(user('bob'), { by: system })
    clock.set(START - HOUR)
    expect(await answerOf({ tokens }, first.secret.reveal())).toBe('ok')
    expect(await answerOf({ tokens }, revoked.secret.reveal())).toBe('revoked')
    expect(await answerOf({ tokens }, cut.secret.reveal())).toBe('revoked')
    const earlier = await tokens.issue({ ...draft, name: 'earlier', expiresIn: '1h' })
    expect(await answerOf({ tokens }, earlier.secret.reveal())).toBe('ok')
    const names: string[] = []
    let cursor: string | undefined
    do {
      const page = await tokens.list({ owner: user('alice'), limit: 1, cursor })
      names.push(...page.items.map(({ name }) => name))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(names).toEqual(['revoked', 'first', 'earlier'])
    clock.set(START + 2 * HOUR)
    expect(await answerOf({ tokens }, first.secret.reveal())).toBe('expired')
    expect(await answerOf({ tokens }, earlier.secret.reveal())).toBe('expired')
  })

  it('A20.21 an overlap is judged by the store alone, whatever the clock of the node says', async () => {
    const { tokens, clock } = await world(make)
    const { token, secret } = await tokens.issue(draft)
    const later = createTokens({ store: (await world(make)).store, catalogue, prefix: 'sl' })
    expect(await answerOf({ tokens: later }, secret.reveal())).toBe('unknown')
    await tokens.rotate(token.id, { by: alice, overlap: '1h' })
    vi.useFakeTimers({ now: START + 100 * HOUR, toFake: ['Date'] })
    try {
      expect(await answerOf({ tokens }, secret.reveal())).toBe('ok')
      clock.advance('1h')
      vi.setSystemTime(START - 100 * HOUR)
      expect(await answerOf({ tokens }, secret.reveal())).toBe('revoked')
    } finally {
      vi.useRealTimers()
    }
  })
})

/** Whoever ran out of it: the library, or a store that numbers its writes at random. */
const NO_ENTROPY = /no entropy|the store failed/

describe('entropy', () => {
  it.each(stores)('R66 without any nothing is issued nor rotated, on the $name store', async ({ make }) => {
    const { tokens, bare } = await world(make)
    const { token, secret } = await tokens.issue(draft)
    const generator = vi.spyOn(crypto, 'getRandomValues').mockImplementation(() => {
      throw new Error('no entropy')
    })
    try {
      // What is left of the pool is used up first.
      await expect(
        (async () => {
          for (let i = 0; i < 1000; i++) await tokens.issue({ ...draft, name: 'of the pool' })
        })(),
      ).rejects.toThrow(NO_ENTROPY)
      await expect(tokens.rotate(token.id, { by: alice })).rejects.toThrow(NO_ENTROPY)
    } finally {
      generator.mockRestore()
    }
    expect((await bare.get('token', token.id)).record?.generation).toBe(1)
    expect(await answerOf({ tokens }, secret.reveal())).toBe('ok')
    expect(await codeOf(tokens.issue(draft))).toBe('nothing')
  })

  it.each(stores)(
    'A1.24 comes from the system alone: constant Math.random and Date give other tokens, on the $name store',
    async ({ make }) => {
      vi.spyOn(Math, 'random').mockReturnValue(0.5)
      vi.useFakeTimers({ now: START, toFake: ['Date'] })
      try {
        const { tokens } = await world(make)
        const texts = await Promise.all(
          Array.from({ length: 50 }, async () => (await tokens.issue(draft)).secret.reveal()),
        )
        expect(new Set(texts.map((text) => text.slice(3, 14))).size).toBe(50)
        expect(new Set(texts.map((text) => text.slice(14, 41))).size).toBe(50)
      } finally {
        vi.useRealTimers()
        vi.restoreAllMocks()
      }
    },
  )
})
