import type { AccountRecord, Kind, TokenRecord } from '../../store/records.js'
import type { TokenStore } from '../../store/store.js'
import { equal, holds } from './assert.js'
import { SAMPLES } from './samples.js'
import { type ContractCase, contractCase } from './world.js'

const LATER = 3_600_000
/** The kinds of which a sweep removes what is due. Accounts stay. */
const KINDS = (Object.keys(SAMPLES) as Kind[]).filter((kind) => kind !== 'account')

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
    for (const kind of KINDS) {
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

  contractCase('sweeps the tokens that ended with an account, and leaves the account', async (world) => {
    const { store, fresh, now, put } = world
    const [moment, user, bot, tenant, gone] = [await now(), fresh('u'), fresh('sa'), fresh('ws'), fresh('u')]
    const account = (type: AccountRecord['type'], id: string, members: Partial<AccountRecord>) =>
      put('account', `${type}:${id}`, { type, tokens: 2, keepUntil: moment, ...members })
    const tokens = new Map<string, { readonly id: string; readonly isOver: boolean }>()
    const token = async (what: string, isOver: boolean, members: Partial<TokenRecord>) => {
      const id = fresh('token')
      tokens.set(what, { id, isOver })
      await put('token', id, { unique: fresh('unique'), ...members })
    }
    const [ofUser, ofBot, ofGone] = [user, bot, gone].map(
      (id) => ({ owner: { kind: id === bot ? 'account' : 'user', id } }) as const,
    )
    for (const n of [1, 2, 3])
      await token(`an earlier token of a user, ${n}`, true, { ...ofUser, epochs: { owner: 1, tenant: 0 } })
    await token('a later token of a user', false, { ...ofUser, epochs: { owner: 2, tenant: 0 } })
    await token('an earlier token of a service account', true, { ...ofBot, tenant, epochs: { owner: 1, tenant: 2 } })
    await token('an earlier token of a tenant', true, { tenant, epochs: { owner: 2, tenant: 1 } })
    await token('a later token of a tenant', false, { tenant, epochs: { owner: 9, tenant: 2 } })
    await token('a token of a deleted user', true, { ...ofGone, epochs: { owner: 2, tenant: 0 } })
    await token('a token of somebody else', false, {
      owner: { kind: 'user', id: bot },
      epochs: { owner: 1, tenant: 1 },
    })

    await account('user', user, { keepUntil: moment + LATER })
    await sweepAll(store, 100)
    for (const [what, { id }] of tokens) equal((await store.get('token', id)).version, 1, `before its time, ${what}`)
    await store.write('account', `user:${user}`, 1, world.make('account', { tokens: 2, keepUntil: moment }))
    await account('account', bot, {})
    await account('tenant', tenant, {})
    await account('user', gone, { status: 'deleted' })
    await sweepAll(store, 2)

    for (const [what, { id, isOver }] of tokens) equal((await store.get('token', id)).version, isOver ? 0 : 1, what)
    for (const id of [`user:${user}`, `account:${bot}`, `tenant:${tenant}`, `user:${gone}`]) {
      const { record } = await store.get('account', id)
      equal([record?.tokens, record?.keepUntil], [2, null], `the account ${id}`)
    }
    equal(await store.sweep(100), { removed: 0, more: false }, 'a sweep of nothing')
  }),

  contractCase('sweeps the salt of a refresh token first, and the authorization when that is due', async (world) => {
    const { store, fresh, now, put, make } = world
    const [moment, salted, young, over] = [await now(), fresh(), fresh(), fresh()]
    const refresh = make('authorization').refresh
    if (refresh === null) throw new Error('the sample has a refresh token')
    const { salt: _, ...bare } = refresh
    const withSalt = (keepUntil: number) => ({ ...refresh, salt: { text: 'salt', keepUntil } })
    const record = await put('authorization', salted, { refresh: withSalt(moment + LATER), keepUntil: moment })
    const kept = await put('authorization', young, { refresh: withSalt(moment + LATER), keepUntil: moment + LATER })
    await put('authorization', over, { refresh: withSalt(moment), keepUntil: moment })
    await sweepAll(store, 1)
    const { record: swept, version } = await store.get('authorization', salted)
    equal(swept, { ...record, refresh: bare, keepUntil: moment + LATER }, 'an authorization whose salt is due')
    holds(version > 1, 'a version that has moved on')
    equal((await store.get('authorization', young)).record, kept, 'an authorization whose salt is not due')
    equal((await store.get('authorization', over)).version, 0, 'the version of what is due itself')
    equal(await store.sweep(100), { removed: 0, more: false }, 'a sweep of nothing')
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
