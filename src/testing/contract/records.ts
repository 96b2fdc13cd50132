import type { Kind } from '../../store/records.js'
import type { TokenStore } from '../../store/store.js'
import { equal, fail, holds } from './assert.js'
import { EFFECT, SAMPLES } from './samples.js'
import { type ContractCase, contractCase } from './world.js'

const KINDS = Object.keys(SAMPLES) as Kind[]

/** The feed's end: where a follower that starts now goes on. */
export async function endOfFeed(store: TokenStore): Promise<number> {
  let cursor = 0
  for (let resets = 0; resets < 2; ) {
    const read = await store.changes(cursor, 1000)
    if (read.cursor === cursor && !read.reset) return cursor
    if (read.reset) resets++
    else holds(read.changes.length > 0, 'a cursor that moves on only past changes')
    cursor = read.cursor
  }
  return fail('a follower who started anew is told to start anew')
}

export const records: readonly ContractCase[] = [
  contractCase('reads nothing, with the time, where nothing is', async ({ store, fresh }) => {
    for (const kind of KINDS) {
      const { version, record } = await store.get(kind, fresh())
      equal([version, record], [0, undefined], `get of a ${kind} that does not exist`)
      const read = await store.getWith(kind, fresh())
      equal([read.version, read.record], [0, undefined], `getWith of a ${kind} that does not exist`)
      equal(await store.find(kind, fresh()), undefined, `find of a ${kind} that does not exist`)
    }
  }),

  contractCase('keeps a record of every kind exactly as it was written', async ({ store, fresh, put }) => {
    for (const kind of KINDS) {
      const id = fresh(kind)
      const unique = fresh('unique')
      const record = await put(kind, id, { unique })
      const read = await store.get(kind, id)
      equal([read.version, read.record], [1, record], `get of a ${kind}`)
      const readWith = await store.getWith(kind, id)
      equal([readWith.version, readWith.record], [1, record], `getWith of a ${kind}`)
      const found = await store.find(kind, unique)
      equal([found?.id, found?.version, found?.record], [id, 1, record], `find of a ${kind}`)
    }
  }),

  contractCase('replaces the version that was read, and counts versions up by one', async ({ store, fresh, make }) => {
    const id = fresh('token')
    for (const expected of [0, 1, 2]) {
      const record = make('token', { generation: expected + 1 })
      equal(await store.write('token', id, expected, record), 'written', `the write over version ${expected}`)
      const read = await store.get('token', id)
      equal([read.version, read.record], [expected + 1, record], 'what was written')
    }
  }),

  contractCase('refuses to write over any other version, and changes nothing', async ({ store, fresh, make, put }) => {
    const id = fresh('token')
    equal(await store.write('token', id, 1, make('token')), 'conflict', 'a write over a version of nothing')
    const record = await put('token', id)
    for (const expected of [0, 2, 3]) {
      equal(
        await store.write('token', id, expected, make('token')),
        'conflict',
        `a write over version ${expected} of 1`,
      )
      equal(await store.write('token', id, expected, null), 'conflict', `a removal of version ${expected} of 1`)
    }
    const read = await store.get('token', id)
    equal([read.version, read.record], [1, record], 'the record after refused writes')
  }),

  contractCase('removes a record, whose id is free again', async ({ store, fresh, put }) => {
    const id = fresh('token')
    await put('token', id)
    equal(await store.write('token', id, 1, null), 'written', 'the removal')
    equal((await store.get('token', id)).version, 0, 'the version of what was removed')
    equal(await store.write('token', id, 1, null), 'conflict', 'a second removal')
    await put('token', id, { generation: 7 })
    equal((await store.get('token', id)).record?.generation, 7, 'what was written anew')
  }),

  contractCase('keeps kinds apart', async ({ store, fresh, put }) => {
    const id = fresh()
    const unique = fresh('unique')
    await put('token', id, { unique })
    await put('access', id, { unique })
    equal(await store.write('token', id, 1, null), 'written', 'the removal of the token')
    equal((await store.get('access', id)).version, 1, 'the version of the access token of the same id')
    equal((await store.find('access', unique))?.id, id, 'the access token with the same unique key')
  }),

  contractCase('gives a unique key to one record of a kind at a time', async ({ store, fresh, make, put }) => {
    const unique = fresh('unique')
    const [first, second] = [fresh('first'), fresh('second')]
    const record = await put('token', first, { unique })
    equal(await store.write('token', second, 0, make('token', { unique })), 'duplicate', 'a second holder')
    equal((await store.get('token', second)).version, 0, 'the version of what was refused')
    await put('token', second)
    equal(await store.write('token', second, 1, make('token', { unique })), 'duplicate', 'a holder by change')
    equal(
      await store.write('token', first, 1, { ...record, name: 'changed' }),
      'written',
      'a change that keeps the key',
    )
    equal(
      await store.write('token', first, 2, { ...record, unique: null }),
      'written',
      'a change that gives the key up',
    )
    equal(await store.find('token', unique), undefined, 'the holder of a key that was given up')
    equal(await store.write('token', second, 1, make('token', { unique })), 'written', 'the next holder')
    equal((await store.find('token', unique))?.id, second, 'the holder that was found')
    equal(await store.write('token', second, 2, null), 'written', 'the removal of the holder')
    await put('token', fresh('third'), { unique })
  }),

  contractCase('writes only while each condition holds', async ({ store, fresh, make, put }) => {
    const [owner, tenant, id] = [`user:${fresh()}`, `tenant:${fresh()}`, fresh('token')]
    await put('account', owner)
    const record = make('token')
    const attempt = (ownerVersion: number, tenantVersion: number) =>
      store.write('token', id, 0, record, {
        onlyIf: [
          { kind: 'account', id: owner, version: ownerVersion },
          { kind: 'account', id: tenant, version: tenantVersion },
        ],
      })
    equal(await attempt(0, 0), 'conflict', 'a write if an existing account did not exist')
    equal(await attempt(2, 0), 'conflict', 'a write under a later version of an account')
    equal(await attempt(1, 1), 'conflict', 'a write if a missing account existed')
    equal((await store.get('token', id)).version, 0, 'the version of what was refused')
    equal(await store.write('account', owner, 1, make('account')), 'written', 'a change of the account')
    equal(await attempt(1, 0), 'conflict', 'a write under an earlier version of an account')
    equal(await attempt(2, 0), 'written', 'a write whose conditions hold')
    const removal = { onlyIf: [{ kind: 'account', id: owner, version: 1 }] } as const
    equal(await store.write('token', id, 1, null, removal), 'conflict', 'a removal whose condition does not hold')
  }),

  contractCase('keeps an event and feeds a change with the record, or neither', async (world) => {
    const { store, fresh, make, makeEvent, put } = world
    const about = fresh('token')
    const holder = fresh('unique')
    await put('token', fresh('token'), { unique: holder })
    const cursor = await endOfFeed(store)
    const options = () => ({ event: makeEvent({ about }), change: EFFECT })
    const refused = { onlyIf: [{ kind: 'account', id: fresh(), version: 1 }] } as const
    equal(await store.write('token', about, 1, make('token'), options()), 'conflict', 'a write over nothing')
    equal(await store.write('token', about, 0, make('token'), { ...options(), ...refused }), 'conflict', 'a condition')
    equal(await store.write('token', about, 0, make('token', { unique: holder }), options()), 'duplicate', 'a key')
    equal((await store.list('event', { about }, { limit: 10 })).items, [], 'the events of refused writes')
    holds(!(await idsFed(store, cursor)).includes(about), 'refused writes feed nothing')

    const { event, change } = options()
    equal(await store.write('token', about, 0, make('token'), { event, change }), 'written', 'the write')
    equal((await store.list('event', { about }, { limit: 10 })).items, [event], 'the event of the write')
    equal(
      (await idsFed(store, cursor)).filter((id) => id === about),
      [about],
      'the changes that were fed',
    )
  }),

  contractCase(
    'is not changed by what becomes of a record that was handed in or out',
    async ({ store, fresh, make }) => {
      const id = fresh('token')
      const given = make('token', { scopes: ['issues:read'], metadata: { deep: { list: [1] } } })
      const before = JSON.stringify(given)
      equal(await store.write('token', id, 0, given), 'written', 'the write')
      vandalize(given)
      for (const attempt of ['first', 'second']) {
        const { record } = await store.get('token', id)
        equal(record, JSON.parse(before), `the ${attempt} read`)
        vandalize(record)
        vandalize((await store.getWith('token', id)).record)
      }
    },
  ),
]

async function idsFed(store: TokenStore, cursor: number): Promise<readonly string[]> {
  return (await store.changes(cursor, 1000)).changes.map(({ id }) => id)
}

/** Changes all that can be changed in a value. */
function vandalize(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  Object.values(value).forEach(vandalize)
  if (Object.isFrozen(value)) return
  if (Array.isArray(value)) value.push('vandalized')
  else Object.assign(value, { name: 'vandalized', vandalized: true })
}
