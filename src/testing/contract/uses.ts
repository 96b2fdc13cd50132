import type { Budget, Use } from '../../store/store.js'
import { equal } from './assert.js'
import { type ContractCase, contractCase, type World } from './world.js'

async function useOf({ store }: World, tenant: string): Promise<Use | null | undefined> {
  return (await store.list('token', { tenant }, { limit: 1 })).items[0]?.use
}

const budget = (name: string, limit: number, cost = 1, every: number | null = null, refill = limit): Budget => ({
  name,
  limit,
  every,
  refill,
  cost,
})

export const uses: readonly ContractCase[] = [
  contractCase('moves the last use forward, never back, and adds counts up', async (world) => {
    const { store, fresh, put } = world
    const [id, tenant] = [fresh('token'), fresh('ws')]
    await put('token', id, { tenant })
    equal(await useOf(world, tenant), null, 'the use of what was never used')
    const touch = (at: number, count: number, ip: string | null) => store.touch([{ kind: 'token', id, at, count, ip }])
    await touch(100, 1, '192.0.2.1')
    await touch(90, 2, '192.0.2.2')
    equal(await useOf(world, tenant), { at: 100, count: 3, ip: '192.0.2.1' }, 'the use after an earlier one')
    await touch(110, 1, null)
    equal(await useOf(world, tenant), { at: 110, count: 4, ip: null }, 'the use after a later one')
    await store.touch([
      { kind: 'token', id, at: 130, count: 1, ip: '192.0.2.3' },
      { kind: 'token', id, at: 120, count: 5, ip: '192.0.2.4' },
    ])
    equal(
      await useOf(world, tenant),
      { at: 130, count: 10, ip: '192.0.2.3' },
      'the use after a batch that has it twice',
    )
    equal((await store.get('token', id)).version, 1, 'the version of what was used')
  }),

  contractCase('takes a large batch of uses, and leaves out what does not exist', async ({ store, fresh, put }) => {
    const tenant = fresh('ws')
    const ids = Array.from({ length: 20 }, () => fresh('token'))
    for (const id of ids) await put('token', id, { tenant })
    await store.touch([])
    const missing = Array.from({ length: 480 }, () => fresh('token'))
    await store.touch([...missing, ...ids].map((id, i) => ({ kind: 'token', id, at: 1000 + i, count: 1, ip: '::1' })))
    const { items } = await store.list('token', { tenant }, { limit: 20 })
    equal(
      items.map(({ use }) => use?.at),
      ids.map((_, i) => 1480 + i).reverse(),
      'the last uses',
    )
    await put('token', missing[0] as string, { tenant: `${tenant}2` })
    const [item] = (await store.list('token', { tenant: `${tenant}2` }, { limit: 1 })).items
    equal(item?.use, null, 'the use of what was made after it')
  }),

  contractCase('spends all budgets of a call, or none of them', async ({ store, fresh, put }) => {
    const id = fresh('token')
    await put('token', id)
    const spend = async (a: number, b: number) => {
      const { ok, states } = await store.spend('token', id, [budget('a', 5, a), budget('b', 3, b)])
      return [ok, states.map(({ remaining, refused }) => [remaining, refused])]
    }
    const cases = [
      [2, 1, true, 3, false, 2, false],
      [4, 1, false, 3, true, 2, false],
      [1, 3, false, 3, false, 2, true],
      [4, 3, false, 3, true, 2, true],
      [0, 0, true, 3, false, 2, false],
      [3, 2, true, 0, false, 0, false],
      [1, 0, false, 0, true, 0, false],
      [0, 0, true, 0, false, 0, false],
    ] as const
    for (const [a, b, ok, leftOfA, refusedA, leftOfB, refusedB] of cases) {
      const outcome = [
        [leftOfA, refusedA],
        [leftOfB, refusedB],
      ]
      equal(await spend(a, b), [ok, outcome], `what became of a call for ${a} and ${b}`)
    }
  }),

  contractCase('counts for each holder and each limit of its own', async ({ store, fresh, put }) => {
    const [first, second] = [fresh('token'), fresh('token')]
    await put('token', first)
    await put('token', second)
    await put('client', first)
    const names = ['a', 'A', 'a ', '__proto__', 'constructor']
    for (const name of names) {
      equal((await store.spend('token', first, [budget(name, 1)])).ok, true, `the first call for ${name}`)
      equal((await store.spend('token', first, [budget(name, 1)])).ok, false, `the second call for ${name}`)
    }
    equal((await store.spend('token', second, [budget('a', 1)])).ok, true, 'a call of another holder')
    equal((await store.spend('client', first, [budget('a', 1)])).ok, true, 'a call of another kind')
    equal((await store.get('token', first)).version, 1, 'the version of what has spent')
  }),

  contractCase('refuses to spend for what does not exist, and keeps nothing of what was removed', async (world) => {
    const { store, fresh, put } = world
    const [id, tenant] = [fresh('token'), fresh('ws')]
    const spend = async () => (await store.spend('token', id, [budget('a', 1)])).ok
    equal(await spend(), false, 'a call of nobody')
    await put('token', id, { tenant })
    equal(await spend(), true, 'a call after one of nobody')
    await store.touch([{ kind: 'token', id, at: 1, count: 1, ip: null }])
    await store.write('token', id, 1, null)
    equal(await spend(), false, 'a call of what was removed')
    await put('token', id, { tenant })
    equal(await useOf(world, tenant), null, 'the use of what was made anew')
    equal(await spend(), true, 'a call of what was made anew')
  }),

  contractCase('refills a limit with time, from its first use on', async ({ store, fresh, put, clock }) => {
    const id = fresh('token')
    await put('token', id)
    const spend = async (cost = 1) => {
      const { ok, states } = await store.spend('token', id, [budget('a', 4, cost, 60_000, 2)])
      const [state] = states
      return [ok, state?.remaining, state?.retryAfter === null]
    }
    equal(await spend(4), [true, 0, true], 'all at once')
    equal(await spend(), [false, 0, false], 'one more')
    equal(await spend(5), [false, 0, true], 'more than there ever is')
    if (clock === undefined) return
    clock.advance(59_999)
    equal(await spend(), [false, 0, false], 'one before the refill')
    clock.advance(1)
    equal(await spend(3), [false, 2, false], 'more than one refill')
    equal(await spend(2), [true, 0, true], 'the refill')
    clock.advance(120_000)
    equal(await spend(4), [true, 0, true], 'all that came back')
  }),
]
