import { describe, expect, it } from 'vitest'
import { type Counters, spendFrom } from '../../src/store/budget.js'
import type { Budget } from '../../src/store/store.js'
import { createClock } from '../../src/testing/clock.js'
import { SAMPLES } from '../../src/testing/contract/samples.js'
import { everyStore } from '../support/stores.js'

const ROUNDS = 150

/** The same numbers in each run. */
function sequence(seed: number) {
  let state = seed
  const below = (limit: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % limit
  }
  return { below, one: <T>(items: readonly T[]): T => items[below(items.length)] as T }
}

const LARGE = Number.MAX_SAFE_INTEGER

describe.each(everyStore)('what is spent on $name', ({ make }) => {
  it('is what spendFrom says, whatever the limits, the costs and the times', async () => {
    const clock = createClock()
    const store = await make({ clock })
    await store.write('token', 'id', 0, SAMPLES.token)
    const { below, one } = sequence(7)
    let counters: Counters = {}
    for (let round = 0; round < ROUNDS; round++) {
      const names = ['a', 'A', 'b', "c'"].filter(() => below(2) === 0)
      const budgets = names.map((name): Budget => {
        const limit = one([1, 3, 10, LARGE])
        const every = one([null, 1, 7, 1_000, 60_000, LARGE])
        return { name, limit, every, refill: one([1, 2, limit]), cost: one([0, 1, 1, 2, limit]) }
      })
      const expected = spendFrom(counters, budgets, clock.now())
      counters = expected.counters
      const { ok, states } = await store.spend('token', 'id', budgets)
      expect({ ok, states }, JSON.stringify({ round, budgets })).toEqual({ ok: expected.ok, states: expected.states })
      clock.advance(one([0, 1, 6, 500, 59_999, 120_000]))
    }
  })
})
