import { equal } from './assert.js'
import { pageThrough } from './lists.js'
import { type ContractCase, contractCase } from './world.js'

const LATER = 3_600_000

/** Texts that some database takes for the same as another one of them, cuts, or does not take. */
const TEXTS = [
  'a',
  'A',
  'á',
  'a\u0301',
  'Á',
  'ａ',
  'a ',
  ' a',
  'a.',
  'ß',
  'ss',
  'ẞ',
  'ı',
  'i',
  'İ',
  '\u{1f600}',
  '\u{1f601}',
  '\u{1f468}\u200d\u{1f469}',
  'a\u200b',
  'a\u00ad',
  '\uffff',
  "'; DROP TABLE token; --",
  '"',
  '`',
  '\\',
  '\\\\',
  "\\'",
  '%',
  '_',
  'a%',
  'a_',
  '$1',
  '?',
  ':id',
  '{}',
  '1',
  '01',
  '1e0',
  'null',
  'NULL',
  '__proto__',
  'constructor',
  'x'.repeat(200),
  `${'x'.repeat(199)}y`,
] as const

export const texts: readonly ContractCase[] = [
  contractCase('tells ids and unique keys apart, character for character', async ({ store, fresh, put }) => {
    const prefix = fresh()
    for (const text of TEXTS) await put('token', prefix + text, { unique: `${prefix}${text}`, name: text })
    for (const text of TEXTS) {
      equal((await store.get('token', prefix + text)).record?.name, text, 'the record of an id')
      const found = await store.find('token', `${prefix}${text}`)
      equal([found?.id, found?.record.name], [prefix + text, text], 'the record of a unique key')
    }
    equal((await store.get('token', prefix)).version, 0, 'the version of another id')
    equal((await store.get('token', `${prefix}${'x'.repeat(199)}`)).version, 0, 'the version of a shorter id')
  }),

  contractCase('tells owners, tenants and actors apart, character for character', async (world) => {
    const { store, fresh, make, makeEvent } = world
    const prefix = fresh()
    for (const text of TEXTS) {
      const [user, tenant] = [`${prefix}${text}`, `${prefix}${text}`]
      const owner = { kind: 'user', id: user } as const
      const event = makeEvent({ about: `${prefix}${text}`, owner, tenant, by: owner })
      equal(
        await store.write('token', `${prefix}${text}`, 0, make('token', { owner, tenant }), { event }),
        'written',
        'the write of a token',
      )
    }
    for (const text of TEXTS) {
      const id = `${prefix}${text}`
      const owner = { kind: 'user', id } as const
      equal(await pageThrough(store, 'token', { owner }, 2), [id], 'the tokens of an owner')
      equal(await pageThrough(store, 'token', { tenant: id }, 2), [id], 'the tokens of a tenant')
      equal((await store.getWith('token', id)).chain?.owner.id, `user:${id}`, 'the owner in the chain')
      for (const filter of [{ about: id }, { owner }, { tenant: id }, { by: owner }]) {
        const { items } = await store.list('event', filter, { limit: 2 })
        equal(
          items.map((event) => event.about),
          [id],
          `the events with ${JSON.stringify(filter)}`,
        )
      }
    }
  }),

  contractCase('tells single-use keys, claims and limits apart, character for character', async (world) => {
    const { store, fresh, now, put } = world
    const [kind, id, until] = [fresh('kind'), fresh('token'), (await now()) + LATER]
    await put('token', id)
    for (const text of TEXTS) {
      equal(await store.insertOnce(kind, text, text, until), true, 'the first insertion of a key')
      equal(await store.insertOnce(kind + text, 'key', text, until), true, 'the first insertion of a kind')
      const budget = { name: text, limit: 1, every: null, refill: 1, cost: 1 }
      equal((await store.spend('token', id, [budget])).ok, true, 'the first unit of a limit')
    }
    for (const text of TEXTS) {
      equal(await store.takeOnce(kind, text, 'A'), text, 'the value of a key')
      equal(await store.takeOnce(kind, text, 'a'), undefined, 'the value for a claim of another case')
      equal(await store.takeOnce(kind + text, 'key', 'claim'), text, 'the value of a kind')
    }
  }),
]
