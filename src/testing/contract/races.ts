import { equal, fail, holds, tally } from './assert.js'
import { endOfFeed } from './records.js'
import { EFFECT } from './samples.js'
import { type ContractCase, contractCase, RACERS, race } from './world.js'

const LATER = 3_600_000

/** `count` of one answer and the rest of another. */
const won = (count: number, win: unknown, lose: unknown) => ({
  [String(win)]: count,
  ...(count < RACERS && { [String(lose)]: RACERS - count }),
})

export const races: readonly ContractCase[] = [
  contractCase('lets one of many create a record', async ({ store, fresh, make }) => {
    const id = fresh('token')
    const outcomes = await race((n) => store.write('token', id, 0, make('token', { name: `racer ${n}` })))
    equal(tally(outcomes), won(1, 'written', 'conflict'), 'the outcomes')
    const { version, record } = await store.get('token', id)
    equal([version, record?.name], [1, `racer ${outcomes.indexOf('written')}`], 'the record of the winner')
  }),

  contractCase('lets one of many write over a version', async ({ store, fresh, make, makeEvent, put }) => {
    const id = fresh('token')
    await put('token', id)
    const cursor = await endOfFeed(store)
    const outcomes = await race((n) => {
      const event = makeEvent({ about: id, detail: { n } })
      return store.write('token', id, 1, make('token', { name: `racer ${n}` }), { event, change: EFFECT })
    })
    const winner = outcomes.indexOf('written')
    equal(tally(outcomes), won(1, 'written', 'conflict'), 'the outcomes')
    equal((await store.get('token', id)).record?.name, `racer ${winner}`, 'the record of the winner')
    const { items } = await store.list('event', { about: id }, { limit: RACERS })
    equal(
      items.map(({ detail }) => detail?.n),
      [winner],
      'the event of the winner',
    )
    equal((await store.changes(cursor, RACERS)).changes.length, 1, 'the changes that were fed')
  }),

  contractCase('lets one of many remove or replace a record', async ({ store, fresh, make, put }) => {
    const id = fresh('token')
    await put('token', id)
    const outcomes = await race((n) => store.write('token', id, 1, n % 2 === 0 ? null : make('token')))
    equal(tally(outcomes), won(1, 'written', 'conflict'), 'the outcomes')
    const removed = outcomes.indexOf('written') % 2 === 0
    equal((await store.get('token', id)).version, removed ? 0 : 2, 'the version afterwards')
  }),

  contractCase('gives a unique key to one of many', async ({ store, fresh, make }) => {
    const unique = fresh('unique')
    const ids = Array.from({ length: RACERS }, () => fresh('token'))
    const outcomes = await race((n) => store.write('token', ids[n] as string, 0, make('token', { unique })))
    equal(tally(outcomes), won(1, 'written', 'duplicate'), 'the outcomes')
    const winner = ids[outcomes.indexOf('written')] as string
    equal((await store.find('token', unique))?.id, winner, 'the holder of the key')
    const versions = await race(async (n) => (await store.get('token', ids[n] as string)).version)
    equal(tally(versions), won(1, 1, 0), 'the versions afterwards')
  }),

  contractCase('loses no update of those that try again', async ({ store, fresh, make, put }) => {
    const id = fresh('account')
    await put('account', id, { tokens: 0 })
    await race(async () => {
      // Whoever fails does so because another one succeeded: this often at the most.
      for (let attempts = 0; attempts < RACERS; attempts++) {
        const { version, record } = await store.get('account', id)
        const tokens = (record?.tokens ?? 0) + 1
        if ((await store.write('account', id, version, make('account', { tokens }))) === 'written') return
      }
      fail('an update that never succeeds')
    })
    const { version, record } = await store.get('account', id)
    equal([version, record?.tokens], [RACERS + 1, RACERS], 'the version and the sum')
  }),

  contractCase('lets no write take place after its condition was seen to move', async ({ store, fresh, make, put }) => {
    const account = `user:${fresh()}`
    await put('account', account)
    const ids = Array.from({ length: RACERS }, () => fresh('token'))
    const exists = () => race(async (n) => (await store.get('token', ids[n] as string)).version)
    let seen: readonly number[] = []
    const outcomes = await race(async (n) => {
      if (n === RACERS / 2) {
        equal(await store.write('account', account, 1, make('account', { tokens: 2 })), 'written', 'the cut')
        seen = await exists()
      }
      const onlyIf = [{ kind: 'account', id: account, version: 1 }] as const
      return store.write('token', ids[n] as string, 0, make('token'), { onlyIf })
    })
    equal(outcomes[RACERS / 2], 'conflict', 'a write that began after the condition had moved')
    equal(
      outcomes.map((outcome) => (outcome === 'written' ? 1 : 0)),
      seen,
      'the tokens that were written, and those that were there when the condition had moved',
    )
  }),

  contractCase('takes an entry from one of many', async ({ store, fresh, now }) => {
    const [kind, key, until] = [fresh('kind'), fresh('key'), (await now()) + LATER]
    await store.insertOnce(kind, key, 'expired', 1)
    const outcomes = await race((n) => store.insertOnce(kind, key, n, until))
    equal(tally(outcomes), won(1, true, false), 'the outcomes')
    equal(await store.takeOnce(kind, key, 'claim'), outcomes.indexOf(true), 'the entry of the winner')
  }),

  contractCase('gives an entry to one of many claims', async ({ store, fresh, now }) => {
    const [kind, key, until] = [fresh('kind'), fresh('key'), (await now()) + LATER]
    await store.insertOnce(kind, key, 'value', until)
    const values = await race((n) => store.takeOnce(kind, key, `claim ${n}`))
    equal(tally(values), won(1, 'value', undefined), 'what the claims got')
    const again = await race((n) => store.takeOnce(kind, key, `claim ${n}`))
    equal(again, values, 'what the claims got when they asked again')
    await store.insertOnce(kind, `${key}2`, 'value', until)
    const shared = await race(() => store.takeOnce(kind, `${key}2`, 'one claim'))
    equal(tally(shared), { value: RACERS }, 'what one claim got that was sent many times')
  }),

  contractCase('sells a unit once, and all of a limit', async ({ store, fresh, put }) => {
    const id = fresh('token')
    await put('token', id)
    const spend = async (name: string, limit: number) =>
      (await store.spend('token', id, [{ name, limit, every: null, refill: limit, cost: 1 }])).ok
    equal(tally(await race(() => spend('one', 1))), won(1, true, false), 'who got the one unit there is')
    equal(tally(await race(() => spend('ten', 10))), won(10, true, false), 'who got one of ten units')
    equal(tally(await race(() => spend('enough', RACERS))), { true: RACERS }, 'who got one of enough units')
  }),

  contractCase('keeps uses and writes out of each other’s way', async ({ store, fresh, make, put }) => {
    const [id, tenant] = [fresh('token'), fresh('ws')]
    await put('token', id, { tenant })
    const by = { kind: 'system', id: 'system' } as const
    const revoked = make('token', { tenant, revoked: { at: 1, by, reason: null } })
    const outcomes = await race(async (n) => {
      if (n === RACERS / 2) return store.write('token', id, 1, revoked)
      return store.touch([{ kind: 'token', id, at: n + 1, count: 1, ip: `${n}` }])
    })
    equal(outcomes[RACERS / 2], 'written', 'the write among uses')
    const [item] = (await store.list('token', { tenant }, { limit: 1 })).items
    equal([item?.version, item?.record], [2, revoked], 'the record after uses')
    equal(item?.use, { at: RACERS, count: RACERS - 1, ip: `${RACERS - 1}` }, 'the use after a write')
  }),

  contractCase('skips nothing in the feed for those who follow it', async ({ store, fresh, make }) => {
    const end = await endOfFeed(store)
    const ids = Array.from({ length: RACERS }, () => fresh('token'))
    const seen: string[] = []
    let writing = true
    const follow = async () => {
      let cursor = end
      for (let last = false; !last; ) {
        holds(seen.length <= RACERS, 'a feed that tells each change once')
        last = !writing
        const { changes, cursor: next, reset } = await store.changes(cursor, RACERS)
        holds(!reset, 'a follower who is not told to start anew')
        seen.push(...changes.map(({ id }) => id))
        cursor = next
      }
    }
    const follower = follow()
    await race((n) => store.write('token', ids[n] as string, 0, make('token'), { change: EFFECT }))
    writing = false
    await follower
    equal([...seen].sort(), [...ids].sort(), 'what the follower has seen')
  }),

  contractCase('sweeps together with others, and beside those who write', async ({ store, fresh, make, put }) => {
    const ids = Array.from({ length: RACERS }, () => fresh('token'))
    await race((n) => put('token', ids[n] as string, { keepUntil: 1 }))
    const outcomes = await race(async (n) => {
      if (n % 2 === 0) return store.sweep(RACERS)
      return store.write('token', ids[n] as string, 1, make('token', { keepUntil: null }))
    })
    const versions = await race(async (n) => (await store.get('token', ids[n] as string)).version)
    for (const [n, version] of versions.entries()) {
      const saved = outcomes[n] === 'written'
      equal(version, saved ? 2 : 0, saved ? 'the version of what a write saved' : 'the version of what was swept')
    }
  }),
]
