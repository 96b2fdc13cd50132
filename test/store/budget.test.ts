import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Counters, spendFrom } from '../../src/store/budget.js'
import type { Budget } from '../../src/store/store.js'

const START = 1_000_000

const budget = (members: Partial<Budget> = {}): Budget => ({
  name: 'a',
  limit: 4,
  every: 1000,
  refill: 4,
  cost: 1,
  ...members,
})

/** Calls one after the other, each some time after the one before; what was allowed, and when. */
function run(
  calls: readonly { readonly wait: number; readonly budgets: readonly Budget[] }[],
  counters: Counters = {},
) {
  let now = START
  return calls.map(({ wait, budgets }) => {
    now += wait
    const spent = spendFrom(counters, budgets, now)
    counters = spent.counters
    return { ...spent, now, cost: budgets[0]?.cost ?? 0 }
  })
}

const limits = fc
  .record({
    limit: fc.integer({ min: 1, max: 20 }),
    every: fc.integer({ min: 1, max: 50 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ limit, every, part }) => ({ limit, every, refill: Math.max(1, Math.round(limit * part)) }))

const calls = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 120 }), cost: fc.integer({ min: 0, max: 25 }) }), {
  maxLength: 60,
})

describe('spendFrom', () => {
  it('counts no wait beyond what is a whole number: a refusal stays one', () => {
    const slow = budget({ limit: 1e12, cost: 1e12, refill: 1, every: 31_536_000_000 })
    const { counters } = spendFrom({}, [slow], START)
    const { ok, states } = spendFrom(counters, [slow], START)
    expect([ok, states[0]?.refused, states[0]?.retryAfter]).toEqual([false, true, Number.MAX_SAFE_INTEGER])
  })

  it('allows as much as the limit within a window, which begins with its first use', () => {
    const one = { budgets: [budget()] }
    const waits = [500, 0, 0, 999, 0, 1, 999]
    expect(run(waits.map((wait) => ({ wait, ...one }))).map(({ ok }) => ok)).toEqual([
      true,
      true,
      true,
      true,
      false,
      true,
      true,
    ])
  })

  it('refills a part at a time, counted from the first use and not from the last', () => {
    const one = { budgets: [budget({ limit: 2, refill: 1 })] }
    const waits = [0, 900, 99, 1, 0, 1000, 999, 1]
    expect(run(waits.map((wait) => ({ wait, ...one }))).map(({ ok }) => ok)).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
      false,
      true,
    ])
  })

  it('never refills a quota', () => {
    const one = { wait: 1e12, budgets: [budget({ limit: 2, every: null })] }
    const outcomes = run([one, one, one])
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, false])
    expect(outcomes[2]?.states).toMatchObject([{ remaining: 0, moreAfter: null, retryAfter: null, refused: true }])
  })

  it('spends all budgets or none, and says which one refused', () => {
    const both = (a: number, b: number) => ({
      wait: 0,
      budgets: [budget({ cost: a }), budget({ name: 'b', limit: 1, cost: b })],
    })
    const [first, second, third] = run([both(1, 1), both(1, 1), both(3, 0)])
    expect(first?.states).toMatchObject([
      { name: 'a', remaining: 3, refused: false },
      { name: 'b', remaining: 0, refused: false },
    ])
    expect(second?.states).toMatchObject([
      { name: 'a', remaining: 3, refused: false },
      { name: 'b', remaining: 0, refused: true },
    ])
    expect(second?.counters).toBe(first?.counters)
    expect(third?.ok).toBe(true)
  })

  it('counts under any name, those of an object’s own members included', () => {
    for (const name of ['__proto__', 'constructor', 'toString', '', 'a b']) {
      const one = { wait: 0, budgets: [budget({ name, limit: 1 })] }
      expect(
        run([one, one]).map(({ ok }) => ok),
        name,
      ).toEqual([true, false])
    }
  })

  it('keeps what was spent when the clock is set back, and gives nothing twice', () => {
    const one = (wait: number) => ({ wait, budgets: [budget({ limit: 1, refill: 1 })] })
    expect(run([one(0), one(-600), one(0), one(600), one(999), one(1)]).map(({ ok }) => ok)).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
    ])
  })

  it('allows what is left when the clock is set back', () => {
    const one = (wait: number) => ({ wait, budgets: [budget({ limit: 3, refill: 1 })] })
    expect(run([one(0), one(-5000), one(0), one(0)]).map(({ ok }) => ok)).toEqual([true, true, true, false])
  })

  it('follows a limit that was changed meanwhile', () => {
    const { counters } = spendFrom({}, [budget({ limit: 10, cost: 8 })], START)
    const lowered = spendFrom(counters, [budget({ limit: 5 })], START)
    expect(lowered.states).toMatchObject([{ remaining: 0, refused: true }])
    expect(spendFrom(counters, [budget({ limit: 5, cost: 0 })], START).ok).toBe(true)
    expect(spendFrom(counters, [budget({ limit: 20 })], START).states).toMatchObject([{ remaining: 11 }])
  })

  it('never allows more than the limit and what has come back since the first use', () => {
    fc.assert(
      fc.property(limits, calls, (limit, input) => {
        const outcomes = run(input.map(({ wait, cost }) => ({ wait, budgets: [budget({ ...limit, cost })] })))
        outcomes.forEach((first, i) => {
          let total = 0
          // From a call that found all of it there.
          if (!first.ok || first.cost === 0 || first.states[0]?.remaining !== limit.limit - first.cost) return
          for (const { ok, cost, now } of outcomes.slice(i)) {
            total += ok ? cost : 0
            const back = Math.floor((now - first.now) / limit.every) * limit.refill
            expect(total).toBeLessThanOrEqual(limit.limit + back)
          }
        })
      }),
    )
  })

  it('is a true window where all of the limit comes back at once', () => {
    fc.assert(
      fc.property(limits, calls, ({ limit, every }, input) => {
        let opened = Number.NEGATIVE_INFINITY
        let used = 0
        let now = START
        const expected = input.map(({ wait, cost }) => {
          now += wait
          if (now >= opened + every || used === 0) [opened, used] = [now, 0]
          const ok = used + cost <= limit
          used += ok ? cost : 0
          return ok
        })
        const whole = { limit, every, refill: limit }
        const outcomes = run(input.map(({ wait, cost }) => ({ wait, budgets: [budget({ ...whole, cost })] })))
        expect(outcomes.map(({ ok }) => ok)).toEqual(expected)
      }),
    )
  })

  it('burns nothing by a refused call', () => {
    fc.assert(
      fc.property(limits, calls, (limit, input) => {
        const outcomes = run(input.map(({ wait, cost }) => ({ wait, budgets: [budget({ ...limit, cost })] })))
        let counters: Counters = {}
        for (const { ok, now, cost } of outcomes.filter(({ ok }) => ok)) {
          const alone = spendFrom(counters, [budget({ ...limit, cost })], now)
          expect(alone.ok).toBe(ok)
          counters = alone.counters
        }
      }),
    )
  })

  it('starves nobody who calls at the rate that is permitted, whatever is refused in between', () => {
    fc.assert(
      fc.property(limits, fc.nat(60), fc.array(fc.nat(40), { maxLength: 60 }), (limit, offset, noise) => {
        const steady = budget({ ...limit, cost: limit.refill })
        const refused = budget({ ...limit, cost: limit.limit + 1 })
        let counters: Counters = {}
        for (let i = 0; i < 60; i++) {
          const now = START + offset + i * limit.every
          const spent = spendFrom(counters, [steady], now)
          expect(spent.ok).toBe(true)
          counters = spent.counters
          const between = spendFrom(counters, [refused], now + Math.min(noise[i] ?? 0, limit.every - 1))
          expect(between.ok).toBe(false)
          counters = between.counters
        }
      }),
    )
  })

  it('says truly when more comes back, and when it is worth trying again', () => {
    fc.assert(
      fc.property(limits, calls, (limit, input) => {
        for (const { counters, states, now, cost } of run(
          input.map(({ wait, cost }) => ({ wait, budgets: [budget({ ...limit, cost })] })),
        )) {
          const [state] = states
          const ask = (after: number, asked: number) =>
            spendFrom(counters, [budget({ ...limit, cost: asked })], now + after)
          expect(state?.refused === true && state.retryAfter === null).toBe(cost > limit.limit)
          if (state?.retryAfter != null) {
            expect(ask(state.retryAfter - 1, cost).ok).toBe(false)
            expect(ask(state.retryAfter, cost).ok).toBe(true)
          }
          expect(state?.moreAfter === null).toBe(state?.remaining === limit.limit)
          if (state?.moreAfter != null) {
            expect(ask(state.moreAfter - 1, 0).states[0]?.remaining).toBe(state.remaining)
            expect(ask(state.moreAfter, 0).states[0]?.remaining).toBeGreaterThan(state.remaining)
          }
        }
      }),
    )
  })

  it('spends all or nothing over any number of budgets', () => {
    const several = fc.array(fc.tuple(limits, fc.nat(25)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(several, fc.array(fc.nat(60), { maxLength: 30 }), (kinds, waits) => {
        const budgets = kinds.map(([limit, cost], i) => budget({ ...limit, cost, name: `limit ${i}` }))
        let before: Counters = {}
        for (const { ok, states, counters, now } of run(waits.map((wait) => ({ wait, budgets })))) {
          const alone = budgets.map((one) => spendFrom(before, [one], now))
          expect(ok).toBe(alone.every((one) => one.ok))
          expect(states.map(({ refused }) => refused)).toEqual(alone.map((one) => !one.ok))
          if (!ok) expect(counters).toEqual(before)
          before = counters
        }
      }),
    )
  })
})
