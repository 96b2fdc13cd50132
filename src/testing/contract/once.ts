import { equal } from './assert.js'
import { SAMPLES } from './samples.js'
import { sweepAll } from './sweep.js'
import { type ContractCase, contractCase } from './world.js'

const LATER = 3_600_000

export const once: readonly ContractCase[] = [
  contractCase('takes an entry from the first who brings its key', async ({ store, fresh, now }) => {
    const [kind, key, until] = [fresh('kind'), fresh('key'), (await now()) + LATER]
    equal(await store.insertOnce(kind, key, 1, until), true, 'the first insertion')
    equal(await store.insertOnce(kind, key, 1, until), false, 'the same again')
    equal(await store.insertOnce(kind, key, 2, until + 1), false, 'another value')
    equal(await store.insertOnce(kind, `${key}.`, 2, until), true, 'another key')
    equal(await store.insertOnce(`${kind}.`, key, 3, until), true, 'another kind')
    equal(await store.takeOnce(kind, key, 'claim'), 1, 'the value of the first')
    equal(await store.insertOnce(kind, key, 4, until), false, 'an insertion after it was taken')
  }),

  contractCase('gives an entry to one claim, as often as that asks', async ({ store, fresh, now }) => {
    const [kind, key, until] = [fresh('kind'), fresh('key'), (await now()) + LATER]
    equal(await store.takeOnce(kind, key, 'first'), undefined, 'an entry that does not exist')
    await store.insertOnce(kind, key, { a: [1] }, until)
    equal(await store.takeOnce(kind, key, 'first'), { a: [1] }, 'the first claim')
    equal(await store.takeOnce(kind, key, 'second'), undefined, 'a second claim')
    equal(await store.takeOnce(kind, key, 'first'), { a: [1] }, 'the first claim again')
    equal(await store.takeOnce(kind, `${key}.`, 'first'), undefined, 'another key')
    equal(await store.takeOnce(`${kind}.`, key, 'first'), undefined, 'another kind')
  }),

  contractCase('forgets an entry when it expires', async ({ store, fresh, now, clock }) => {
    const [kind, key, moment] = [fresh('kind'), fresh('key'), await now()]
    equal(await store.insertOnce(kind, key, 1, moment), true, 'an entry that expires at once')
    equal(await store.takeOnce(kind, key, 'claim'), undefined, 'the entry that has expired')
    equal(await store.insertOnce(kind, key, 2, moment + LATER), true, 'an entry in the place of one that has expired')
    await sweepAll(store, 100)
    equal(await store.takeOnce(kind, key, 'claim'), 2, 'the new entry, once the old one has been swept')
    if (clock === undefined) return
    clock.advance(LATER - 1)
    equal(await store.takeOnce(kind, key, 'claim'), 2, 'the entry at its last millisecond')
    equal(await store.insertOnce(kind, key, 3, moment + 2 * LATER), false, 'an insertion at its last millisecond')
    clock.advance(1)
    equal(await store.takeOnce(kind, key, 'claim'), undefined, 'the entry at its end')
    equal(await store.insertOnce(kind, key, 3, moment + 2 * LATER), true, 'an insertion at its end')
    equal(await store.takeOnce(kind, key, 'another'), 3, 'another claim on what came after it')
  }),

  contractCase('keeps any JSON in an entry', async ({ store, fresh, now }) => {
    const [kind, until] = [fresh('kind'), (await now()) + LATER]
    for (const value of [null, false, 0, '', 'text', [], {}, [null, [1]], SAMPLES.token.metadata]) {
      const key = fresh('key')
      await store.insertOnce(kind, key, value, until)
      const taken = await store.takeOnce(kind, key, 'claim')
      equal([taken === undefined, taken], [false, value], `the entry ${JSON.stringify(value)}`)
    }
  }),

  contractCase('is not changed by what becomes of an entry that was handed in or out', async (world) => {
    const { store, fresh, now } = world
    const [kind, until, value] = [fresh('kind'), (await now()) + LATER, { list: [1] }]
    await store.insertOnce(kind, 'key', value, until)
    value.list.push(2)
    const taken = (await store.takeOnce(kind, 'key', 'claim')) as typeof value
    equal(taken, { list: [1] }, 'the entry')
    if (!Object.isFrozen(taken.list)) taken.list.push(3)
    equal(await store.takeOnce(kind, 'key', 'claim'), { list: [1] }, 'the entry when it is asked for again')
  }),
]
