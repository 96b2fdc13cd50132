import type { Effect } from '../../store/store.js'
import { equal, holds } from './assert.js'
import { endOfFeed } from './records.js'
import { EFFECT } from './samples.js'
import { sweepAll } from './sweep.js'
import { type ContractCase, contractCase, type World } from './world.js'

/** Longer than any feed has to reach back. */
const FEED_DAYS = 7

/** Feeds changes of one record, and says of which. */
async function feed({ store, fresh, make }: World, effects: readonly Effect[]): Promise<string> {
  const id = fresh('token')
  for (const [version, change] of effects.entries()) {
    equal(await store.write('token', id, version, make('token'), { change }), 'written', 'a write that feeds a change')
  }
  return id
}

export const feeds: readonly ContractCase[] = [
  contractCase('feeds every change in its order, with what became of the record', async (world) => {
    const { store, fresh, make, now } = world
    const cursor = await endOfFeed(store)
    const before = await now()
    const paused: Effect = { effect: 'paused', status: 'paused', epochs: { tokens: 2, grants: 0 } }
    const id = await feed(world, [paused, EFFECT])
    await store.write('token', fresh('token'), 0, make('token'))
    const account = `user:${fresh()}`
    await store.write('account', account, 0, make('account'), { change: { ...EFFECT, effect: 'narrowed', epochs: {} } })
    const read = await store.changes(cursor, 10)
    equal(
      read.changes.map(({ number: _, at: __, ...change }) => change),
      [
        { kind: 'token', id, ...paused },
        { kind: 'token', id, ...EFFECT },
        { kind: 'account', id: account, effect: 'narrowed', status: EFFECT.status, epochs: {} },
      ],
      'the changes',
    )
    holds(
      read.changes.every(({ number }, i) => number > (read.changes[i - 1]?.number ?? cursor)),
      'numbers that grow',
    )
    holds(
      read.changes.every(({ at }) => at >= before),
      'changes that are dated by the store',
    )
    equal([read.cursor, read.reset], [read.changes.at(-1)?.number, false], 'where to go on')
  }),

  contractCase('feeds as much as is asked for, and then what follows', async (world) => {
    const { store } = world
    let cursor = await endOfFeed(store)
    const id = await feed(world, [EFFECT, EFFECT, EFFECT, EFFECT, EFFECT])
    for (const expected of [2, 2, 1, 0, 0]) {
      const read = await store.changes(cursor, 2)
      equal(
        read.changes.map((change) => change.id),
        Array.from({ length: expected }, () => id),
        'a part of the feed',
      )
      equal(read.reset, false, 'the reset of a follower who missed nothing')
      cursor = read.cursor
    }
    equal(await endOfFeed(store), cursor, 'the end of the feed')
  }),

  contractCase('tells a follower from another feed to start anew, and where', async (world) => {
    const { store } = world
    await feed(world, [EFFECT])
    const end = await endOfFeed(store)
    const read = await store.changes(end + 1_000_000, 10)
    equal(read, { changes: [], cursor: end, reset: true }, 'what follows a cursor that the feed never handed out')
    const id = await feed(world, [EFFECT])
    equal((await store.changes(read.cursor, 10)).changes[0]?.id, id, 'what follows the new start')
  }),

  contractCase('tells a follower who was away for too long to start anew', async (world) => {
    const { store, clock } = world
    const cursor = await endOfFeed(store)
    await feed(world, [EFFECT, EFFECT])
    if (clock === undefined) return
    clock.advance(FEED_DAYS * 86_400_000 - 1)
    await sweepAll(store, 1000)
    equal((await store.changes(cursor, 10)).changes.length, 2, 'the changes of the last seven days')
    await feed(world, [EFFECT])
    clock.advance(1)
    await sweepAll(store, 1000)
    const end = await endOfFeed(store)
    equal(await store.changes(cursor, 10), { changes: [], cursor: end, reset: true }, 'what follows a lost cursor')
    equal((await store.changes(end - 1, 10)).changes.length, 1, 'what the feed still has')
  }),
]
