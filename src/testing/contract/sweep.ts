import type { Kind } from '../../store/records.js'
import type { TokenStore } from '../../store/store.js'
import { equal, holds } from './assert.js'
import { SAMPLES } from './samples.js'
import { type ContractCase, contractCase } from './world.js'

const LATER = 3_600_000

/** Sweeps in small steps until nothing is left, and says how much went. */
export async function sweepAll(store: TokenStore, limit: number): Promise<number> {
  for (let total = 0; ; ) {
    const { removed, more } = await store.sweep(limit)
    holds(removed <= limit, `a sweep of at most ${limit}`)
    holds(removed > 0 || !more, 'a sweep that gets on while there is more')
    total += removed
    if (!more) return total
  }
}

export const sweeps: readonly ContractCase[] = [
  contractCase('sweeps what is due, and nothing else', async ({ store, fresh, now, put }) => {
    const moment = await now()
    await sweepAll(store, 100)
    const due: (readonly [Kind, string])[] = []
    const kept: (readonly [Kind, string])[] = []
    for (const kind of Object.keys(SAMPLES) as Kind[]) {
      const [past, present, future, forever] = [fresh(), fresh(), fresh(), fresh()]
      await put(kind, past, { keepUntil: 1 })
      await put(kind, present, { keepUntil: moment })
      await put(kind, future, { keepUntil: moment + LATER })
      await put(kind, forever, { keepUntil: null })
      due.push([kind, past], [kind, present])
      kept.push([kind, future], [kind, forever])
    }
    holds((await sweepAll(store, 3)) >= due.length, 'as many removed as were due')
    for (const [kind, id] of due) equal((await store.get(kind, id)).version, 0, `the version of a ${kind} that was due`)
    for (const [kind, id] of kept) equal((await store.get(kind, id)).version, 1, `the version of a ${kind} to be kept`)
    equal(await store.sweep(100), { removed: 0, more: false }, 'a sweep of nothing')
  }),

  contractCase('sweeps by the time that a record has now', async ({ store, fresh, put }) => {
    const [spared, doomed, kept, late] = [fresh(), fresh(), fresh(), fresh()]
    const later = SAMPLES.token.createdAt
    const change = async (id: string, before: number | null, after: number | null) => {
      const record = await put('token', id, { keepUntil: before })
      equal(await store.write('token', id, 1, { ...record, keepUntil: after }), 'written', 'a change of its time')
    }
    await change(spared, 1, null)
    await change(kept, 1, later)
    await change(doomed, later, 1)
    await change(late, null, 1)
    await sweepAll(store, 100)
    equal((await store.get('token', spared)).version, 2, 'the version of what is now kept for ever')
    equal((await store.get('token', kept)).version, 2, 'the version of what is now kept longer')
    equal((await store.get('token', doomed)).version, 0, 'the version of what is now due')
    equal((await store.get('token', late)).version, 0, 'the version of what was kept for ever, and is now due')
  }),

  contractCase('sweeps a record out of lists and from its unique key, with its use and all it spent', async (world) => {
    const { store, fresh, put } = world
    const [id, tenant, unique] = [fresh('token'), fresh('ws'), fresh('unique')]
    const spend = async () =>
      (await store.spend('token', id, [{ name: 'a', limit: 1, every: null, refill: 1, cost: 1 }])).ok
    await put('token', id, { tenant, unique, keepUntil: 1 })
    await store.touch([{ kind: 'token', id, at: 1, count: 1, ip: null }])
    equal(await spend(), true, 'what is spent before')
    await sweepAll(store, 100)
    equal((await store.list('token', { tenant }, { limit: 1 })).items, [], 'the list')
    equal(await store.find('token', unique), undefined, 'the holder of the key')
    await put('token', id, { tenant, unique })
    equal((await store.list('token', { tenant }, { limit: 1 })).items[0]?.use, null, 'the use of what was made anew')
    equal(await spend(), true, 'what is spent after')
  }),

  contractCase('sweeps events and single-use entries', async ({ store, fresh, now, make, makeEvent }) => {
    const [about, kind, moment] = [fresh('token'), fresh('kind'), await now()]
    const [due, kept] = [makeEvent({ about, keepUntil: 1 }), makeEvent({ about, keepUntil: moment + LATER })]
    await store.write('token', about, 0, make('token'), { event: due })
    await store.write('token', about, 1, make('token'), { event: kept })
    await store.insertOnce(kind, 'due', 1, moment)
    await store.insertOnce(kind, 'kept', 2, moment + LATER)
    await sweepAll(store, 2)
    equal((await store.list('event', { about }, { limit: 5 })).items, [kept], 'the events')
    equal(await store.insertOnce(kind, 'kept', 3, moment + LATER), false, 'an insertion over what was kept')
    equal(await store.insertOnce(kind, 'due', 3, moment + LATER), true, 'an insertion over what was swept')
  }),

  contractCase('sweeps what time makes due', async ({ store, fresh, now, put, clock }) => {
    if (clock === undefined) return
    const [id, moved, moment] = [fresh('token'), fresh('token'), await now()]
    await put('token', id, { keepUntil: moment + LATER })
    const record = await put('token', moved, { keepUntil: moment + 1 })
    await store.write('token', moved, 1, { ...record, keepUntil: moment + LATER })
    clock.advance(LATER - 1)
    await sweepAll(store, 100)
    equal((await store.get('token', id)).version, 1, 'the version a millisecond before')
    equal((await store.get('token', moved)).version, 2, 'the version of what was moved there, a millisecond before')
    clock.advance(1)
    await sweepAll(store, 100)
    equal((await store.get('token', id)).version, 0, 'the version at its time')
    equal((await store.get('token', moved)).version, 0, 'the version of what was moved there, at its time')
  }),
]
