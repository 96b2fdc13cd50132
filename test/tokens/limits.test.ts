import { system, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, codeOf, draft, world } from '../support/world.js'

const MINUTE = 60_000

describe.each(stores)('limits, on the $name store,', ({ make }) => {
  const limited = async (limits: readonly { name: string; limit: number; every?: `${number}m`; refill?: number }[]) => {
    const here = await world(make)
    const { secret, token } = await here.tokens.issue({ ...draft, limits })
    const text = secret.reveal()
    const use = (cost?: number | Record<string, number>) => here.tokens.verify(text, cost === undefined ? {} : { cost })
    const uses = async (cost?: number | Record<string, number>) => {
      const seen = await use(cost)
      return seen.ok ? 'ok' : seen.reason
    }
    return { ...here, token, text, use, uses }
  }

  it('allow so many calls, and say how they stand', async () => {
    const { use } = await limited([{ name: 'calls', limit: 2, every: '1m' }])
    const state = { name: 'calls', limit: 2, every: MINUTE, refill: 2, refused: false, retryAfter: null }
    expect(await use()).toMatchObject({ ok: true, limits: [{ ...state, remaining: 1, moreAfter: MINUTE }] })
    expect(await use()).toMatchObject({ ok: true, limits: [{ ...state, remaining: 0, moreAfter: MINUTE }] })
    expect(await use()).toEqual({
      ok: false,
      reason: 'limited',
      retryAfter: MINUTE,
      limits: [{ ...state, remaining: 0, moreAfter: MINUTE, refused: true, retryAfter: MINUTE }],
    })
  })

  it('open their window with the first use, and not by the wall clock', async () => {
    const { clock, uses } = await limited([{ name: 'calls', limit: 1, every: '1m' }])
    clock.advance(MINUTE - 1)
    expect(await uses()).toBe('ok')
    clock.advance(2)
    expect(await uses()).toBe('limited')
    clock.advance(MINUTE - 3)
    expect(await uses()).toBe('limited')
    clock.advance(1)
    expect(await uses()).toBe('ok')
  })

  it('burn nothing on a refused call, however often it is repeated', async () => {
    const { clock, uses } = await limited([{ name: 'calls', limit: 1, every: '1m' }])
    expect(await uses()).toBe('ok')
    for (let i = 0; i < 59; i++) {
      clock.advance('1s')
      expect(await uses()).toBe('limited')
    }
    clock.advance('1s')
    expect(await uses()).toBe('ok')
  })

  it('come back bit by bit where only a part is refilled', async () => {
    const { clock, uses, use } = await limited([{ name: 'calls', limit: 4, every: '1m', refill: 1 }])
    for (let i = 0; i < 4; i++) expect(await uses()).toBe('ok')
    expect(await use()).toMatchObject({ retryAfter: MINUTE, limits: [{ moreAfter: MINUTE }] })
    clock.advance('1m')
    expect(await uses()).toBe('ok')
    expect(await uses()).toBe('limited')
    clock.advance('10m')
    for (let i = 0; i < 4; i++) expect(await uses()).toBe('ok')
    expect(await uses()).toBe('limited')
  })

  it('that never refill are quotas', async () => {
    const { clock, uses, use } = await limited([{ name: 'total', limit: 2 }])
    expect(await uses()).toBe('ok')
    expect(await uses()).toBe('ok')
    clock.advance('10m')
    expect(await use()).toMatchObject({
      ok: false,
      reason: 'limited',
      retryAfter: null,
      limits: [{ every: null, remaining: 0, moreAfter: null, retryAfter: null, refused: true }],
    })
  })

  it('of one token are all or nothing', async () => {
    const { clock, uses, use } = await limited([
      { name: 'rate', limit: 1, every: '1m' },
      { name: 'total', limit: 3 },
    ])
    expect(await uses()).toBe('ok')
    expect(await use()).toMatchObject({
      ok: false,
      retryAfter: MINUTE,
      limits: [
        { name: 'rate', remaining: 0, refused: true },
        { name: 'total', remaining: 2, refused: false },
      ],
    })
    clock.advance('1m')
    expect(await uses()).toBe('ok')
    clock.advance('1m')
    expect(await uses()).toBe('ok')
    clock.advance('1m')
    expect(await use()).toMatchObject({ ok: false, retryAfter: null, limits: [{ remaining: 1 }, { remaining: 0 }] })
  })

  it('say the longest wait where several are exhausted', async () => {
    const { use } = await limited([
      { name: 'slow', limit: 1, every: '9m' },
      { name: 'fast', limit: 1, every: '1m' },
    ])
    await use()
    expect(await use()).toMatchObject({ reason: 'limited', retryAfter: 9 * MINUTE })
  })

  it('cost what the call says: a number for all, or by name, and one where nothing is said', async () => {
    const { use } = await limited([
      { name: 'calls', limit: 10 },
      { name: 'tokens', limit: 1000 },
    ])
    const remaining = async (cost?: number | Record<string, number>) =>
      (await use(cost)).limits?.map((l) => l.remaining)
    expect(await remaining()).toEqual([9, 999])
    expect(await remaining(3)).toEqual([6, 996])
    expect(await remaining({ tokens: 500 })).toEqual([5, 496])
    expect(await remaining({ calls: 0, tokens: 0 })).toEqual([5, 496])
    expect(await remaining(0)).toEqual([5, 496])
    expect(await remaining({ unknown: 7 })).toEqual([4, 495])
    expect(await use({ tokens: 496 })).toMatchObject({ ok: false, retryAfter: null })
    expect(await remaining({ tokens: 495 })).toEqual([3, 0])
  })

  it('refuse for ever what costs more than there ever is', async () => {
    const { use } = await limited([{ name: 'calls', limit: 3, every: '1m' }])
    expect(await use(4)).toMatchObject({ ok: false, reason: 'limited', retryAfter: null, limits: [{ remaining: 3 }] })
    expect(await use(3)).toMatchObject({ ok: true })
  })

  it.each([
    [-1],
    [0.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    ['1'],
    [null],
    [[-1]],
    [{ calls: -1 }],
    [{ calls: '1' }],
  ])('refuse the cost %j as the mistake of a programmer, before anything is read', async (cost) => {
    const { use, token, tokens } = await limited([{ name: 'calls', limit: 3 }])
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(use(cost))).toBe('invalid_limit')
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(tokens.verify('garbage', { cost }))).toBe('invalid_limit')
    expect(await tokens.get(token.id)).toMatchObject({ use: null })
  })

  it('may have names that objects have by nature', async () => {
    const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf']
    const { use } = await limited(names.map((name) => ({ name, limit: 5 })))
    expect((await use()).limits?.map((l) => l.remaining)).toEqual([4, 4, 4, 4])
    expect((await use({ constructor: 2 })).limits?.map((l) => l.remaining)).toEqual([2, 3, 3, 3])
    // A cost is never taken from a prototype.
    expect((await use(Object.create({ toString: 5 }))).limits?.map((l) => l.remaining)).toEqual([1, 2, 2, 2])
  })

  it.each([
    ['no list', { name: 'a', limit: 1 }],
    ['no name', [{ limit: 1 }]],
    ['an empty name', [{ name: '', limit: 1 }]],
    ['a name that breaks a header', [{ name: 'a"b', limit: 1 }]],
    ['a name that breaks a line', [{ name: 'a\nb', limit: 1 }]],
    ['a name that is a prototype', [{ name: '__proto__', limit: 1 }]],
    ['a long name', [{ name: 'x'.repeat(65), limit: 1 }]],
    [
      'one name twice',
      [
        { name: 'a', limit: 1 },
        { name: 'a', limit: 2 },
      ],
    ],
    ['a limit of nothing', [{ name: 'a', limit: 0 }]],
    ['half a limit', [{ name: 'a', limit: 0.5 }]],
    ['a limit beyond counting', [{ name: 'a', limit: 2 ** 53 }]],
    ['a limit that is a text', [{ name: 'a', limit: '5' }]],
    ['a refill above the limit', [{ name: 'a', limit: 1, refill: 2 }]],
    ['a refill of nothing', [{ name: 'a', limit: 1, refill: 0 }]],
    ['a window of nothing', [{ name: 'a', limit: 1, every: 0 }]],
    ['a window that is none', [{ name: 'a', limit: 1, every: 'often' }]],
    ['nine of them', Array.from({ length: 9 }, (_, i) => ({ name: `l${i}`, limit: 1 }))],
  ])('are refused with %s, at the issue and at an edit', async (_, limits) => {
    const { tokens } = await world(make)
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(tokens.issue({ ...draft, limits }))).toBe('invalid_limit')
    const { token } = await tokens.issue(draft)
    // @ts-expect-error what is wrong with some of them
    expect(await codeOf(tokens.update(token.id, { by: alice, limits }))).toBe('invalid_limit')
  })

  it('can be edited: what was spent counts on under the same name', async () => {
    const { tokens, token, uses, use } = await limited([{ name: 'calls', limit: 2 }])
    await uses()
    await uses()
    expect(await uses()).toBe('limited')
    await tokens.update(token.id, { by: alice, limits: [{ name: 'calls', limit: 3 }] })
    expect(await uses()).toBe('ok')
    expect(await uses()).toBe('limited')
    await tokens.update(token.id, { by: alice, limits: [{ name: 'calls', limit: 1 }] })
    expect(await use()).toMatchObject({ reason: 'limited', limits: [{ remaining: 0 }] })
    await tokens.update(token.id, { by: alice, limits: [{ name: 'others', limit: 1 }] })
    expect(await uses()).toBe('ok')
    await tokens.update(token.id, { by: alice, limits: [] })
    expect(await use()).toMatchObject({ ok: true, limits: [] })
  })

  it('can be edited only by those who have what the token allows', async () => {
    const { tokens, token } = await limited([{ name: 'calls', limit: 2 }])
    const weak = user('alice', { scopes: [] })
    expect(await codeOf(tokens.update(token.id, { by: weak, limits: [] }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.update(token.id, { by: system, limits: [] }))).toBe('nothing')
  })

  it('are spent last: whatever else refuses burns nothing', async () => {
    const { tokens, token, text, use } = await limited([{ name: 'calls', limit: 2 }])
    expect(await tokens.verify(text, { scopes: ['issues:write'] })).toMatchObject({ reason: 'insufficient_scope' })
    await tokens.update(token.id, { by: alice, networks: ['192.0.2.1'] })
    expect(await tokens.verify(text)).toMatchObject({ reason: 'ip_not_allowed' })
    await tokens.pause(token.id, { by: alice })
    expect(await tokens.verify(text, { ip: '192.0.2.1' })).toMatchObject({ reason: 'paused' })
    await tokens.resume(token.id, { by: alice })
    await tokens.update(token.id, { by: alice, networks: [] })
    expect(await use()).toMatchObject({ ok: true, limits: [{ remaining: 1 }] })
  })

  it('go on counting across a rotation', async () => {
    const { tokens, token, uses } = await limited([{ name: 'calls', limit: 2 }])
    await uses()
    const next = await tokens.rotate(token.id, { by: alice, overlap: '1d' })
    expect(await tokens.verify(next.secret.reveal())).toMatchObject({ ok: true, limits: [{ remaining: 0 }] })
    expect(await uses()).toBe('limited')
  })

  it('A20.21 are not opened by a clock that jumps, forth and back again', async () => {
    const { clock, uses } = await limited([{ name: 'calls', limit: 1, every: '1m' }])
    expect(await uses()).toBe('ok')
    clock.advance('1m')
    expect(await uses()).toBe('ok')
    clock.set(clock.now() - 60 * MINUTE)
    expect(await uses()).toBe('limited')
    clock.set(clock.now() + 61 * MINUTE)
    expect(await uses()).toBe('ok')
  })
})
