import { describe, expect, it } from 'vitest'
import { TokenloopError } from '../../src/core/errors.js'
import type { EventRecord, Kind, Records } from '../../src/store/records.js'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { createNaming } from '../../src/store/sql/naming.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { MOST_KEY_BYTES, TABLES } from '../../src/store/sql/tables.js'
import type { TokenStore } from '../../src/store/store.js'
import { trusted } from '../../src/store/trust.js'
import { SAMPLE_EVENT, SAMPLES } from '../../src/testing/contract/samples.js'
import { freshGround, places } from '../support/places.js'
import { everyStore } from '../support/stores.js'
import { codeOf, draft, resealed, world } from '../support/world.js'

const KINDS = Object.keys(SAMPLES) as Kind[]
const LATER = SAMPLES.token.createdAt

/** Texts that end a statement, a name, a pattern or a comment somewhere. */
const METACHARACTERS = [
  `'; DROP TABLE tokens; --`,
  `' OR '1'='1`,
  `\\'; --`,
  '"',
  '`',
  '\\',
  '%',
  '_',
  '/* */ # --',
  '$1 ? :id @x',
  '{"a":[]}',
  '\uffff',
  '\u{1f600}',
]

/** Members that can only be what they are. */
const FIXED = ['kind', 'type', 'status', 'stage', 'origin', 'algorithm', 'hash', 'unique']

/** The same record with a text in every place for one, the names of its metadata included. */
function filledWith<T>(text: string, value: T): T
function filledWith(text: string, value: unknown): unknown {
  if (typeof value === 'string') return text
  if (Array.isArray(value)) return value.map((item) => filledWith(text, item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, FIXED.includes(name) ? member : filledWith(text, member)]),
  )
}

const withMetadata = <K extends Kind>(text: string, record: Records[K]): Records[K] =>
  'metadata' in record ? { ...record, metadata: { [text]: { [text]: text } } } : record

const unwatched = (store: TokenStore) => trusted(store, () => {})

describe.each(everyStore)('texts on $name', ({ make }) => {
  it('A20.1 are kept as they are in every field, whatever they would mean in a statement', async () => {
    const store = unwatched(await make())
    for (const text of METACHARACTERS) {
      for (const kind of KINDS) {
        const record = withMetadata(text, { ...filledWith(text, SAMPLES[kind]), unique: text })
        expect(await store.write(kind, text, 0, record)).toBe('written')
        expect((await store.getWith(kind, text)).record, `a ${kind} of ${text}`).toEqual(record)
        expect((await store.find(kind, text))?.record).toEqual(record)
      }
      const id = `id${text}`
      const event: EventRecord = { ...filledWith(text, SAMPLE_EVENT), id }
      const change = { effect: 'ended', status: text, epochs: { [text]: 1 } } as const
      expect(await store.write('token', id, 0, SAMPLES.token, { event, change })).toBe('written')
      expect((await store.list('event', { about: text }, { limit: 9 })).items).toEqual([event])
      expect((await store.changes(0, 999)).changes.at(-1)).toMatchObject({ id, ...change })
      expect(await store.insertOnce(text, text, text, LATER)).toBe(true)
      expect(await store.takeOnce(text, text, text)).toBe(text)
      await store.touch([{ kind: 'token', id: text, at: 1, count: 1, ip: text }])
      const owner = { kind: 'user', id: text } as const
      const listed = await store.list('token', { owner, tenant: text }, { limit: 9 })
      expect(listed.items).toEqual([])
      const [item] = (await store.list('token', { owner }, { limit: 9 })).items
      expect([item?.id, item?.use?.ip]).toEqual([text, text])
    }
  })

  it('A20.2 are no patterns in filters', async () => {
    const store = unwatched(await make())
    const tenants = ['ab', 'a%', 'a_', '%', '_', 'A_', '[a]b', 'a\\%']
    for (const tenant of tenants) await store.write('token', tenant, 0, { ...SAMPLES.token, tenant })
    for (const tenant of tenants) {
      const { items } = await store.list('token', { tenant }, { limit: 99 })
      expect(items.map(({ id }) => id)).toEqual([tenant])
    }
    expect((await store.list('token', { tenant: 'a*' }, { limit: 99 })).items).toEqual([])
  })

  it('A1.6 a token in other letters is another one, though its checksum be right', async () => {
    const { tokens, store } = await world(make)
    const issued = await tokens.issue(draft)
    const text = issued.secret.reveal()
    const start = text.slice(0, -6)
    const wide = (letters: string) =>
      letters.replace(/[!-~]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) as number) + 0xfee0))
    const alike = [
      start.toUpperCase(),
      start.toLowerCase(),
      `sl_${wide(start.slice(3))}`,
      `sl_${start.slice(3).toUpperCase()}`,
    ]
    for (const other of alike) {
      expect((await tokens.verify(resealed(text, () => other))).ok, other).toBe(false)
    }
    const { id } = issued.token
    for (const other of [id.toUpperCase(), id.toLowerCase(), wide(id), `${id} `, ` ${id}`, `${id}\0`]) {
      expect((await store.get('token', other)).version, other).toBe(0)
    }
    expect((await tokens.verify(text)).ok).toBe(true)
  })

  it('R51 R64 are as long as the library makes them, and times are exact, far from now as well', async () => {
    const store = unwatched(await make())
    const scopes = Array.from({ length: 1_000 }, (_, n) => `scope:${String(n).padStart(94, '0')}`)
    for (const moment of [
      0,
      1,
      999,
      1_735_689_599_999,
      2 ** 31,
      2 ** 32 + 1,
      4_102_444_800_123,
      8_640_000_000_000_000,
    ]) {
      const id = `token_${moment}`
      const times = { createdAt: moment, expiresAt: moment, notBefore: moment, keepUntil: moment, rotatedAt: moment }
      const record = { ...SAMPLES.token, ...times, order: moment, scopes }
      expect(await store.write('token', id, 0, record)).toBe('written')
      expect((await store.get('token', id)).record).toEqual(record)
    }
  })
})

describe.each(places)('what no column can hold, on %s', (place) => {
  it('A20.3 R51 is refused before the driver sees it, and found nowhere', async () => {
    const { opened, address, ground } = await freshGround(place)
    await migrateGround(ground)
    const store = sqlStore(opened.engine, address.names)
    const longest = 'é'.repeat(MOST_KEY_BYTES / 2)
    for (const text of ['a\0b', '\ud800', 'a\udc00b', `${longest}.`]) {
      const owner = { kind: 'user', id: text } as const
      const calls = {
        id: () => store.write('token', text, 0, SAMPLES.token),
        owner: () => store.write('token', 'a', 0, { ...SAMPLES.token, owner }),
        tenant: () => store.write('token', 'a', 0, { ...SAMPLES.token, tenant: text }),
        unique: () => store.write('token', 'a', 0, { ...SAMPLES.token, unique: text }),
        event: () => store.write('token', 'a', 0, SAMPLES.token, { event: { ...SAMPLE_EVENT, id: text } }),
        condition: () =>
          store.write('token', 'a', 0, SAMPLES.token, { onlyIf: [{ kind: 'account', id: text, version: 0 }] }),
        key: () => store.insertOnce('kind', text, 1, LATER),
        claim: () => store.takeOnce('kind', 'key', text),
      }
      for (const [name, call] of Object.entries(calls)) expect(await codeOf(call()), name).toBe('invalid_input')
      expect((await store.getWith('token', text)).version).toBe(0)
      expect(await store.find('token', text)).toBeUndefined()
      expect((await store.list('token', { owner }, { limit: 1 })).items).toEqual([])
      expect(await store.takeOnce(text, text, 'claim')).toBeUndefined()
      await store.touch([{ kind: 'token', id: text, at: 1, count: 1, ip: null }])
    }
    for (const name of ['a\0b', '\ud800']) {
      expect(await codeOf(store.write('token', 'a', 0, { ...SAMPLES.token, name }))).toBe('invalid_input')
    }
    expect((await store.get('token', 'a')).version).toBe(0)
    expect(await store.write('token', longest, 0, { ...SAMPLES.token, tenant: longest, unique: longest })).toBe(
      'written',
    )
    expect((await store.find('token', longest))?.id).toBe(longest)
  })
})

describe('the names of tables', () => {
  it.each(['', 'A', '1a', 'a b', 'a;b', `a'`, 'a"', 'a`', 'a.b', 'a-b', 'é', 'a\0', 'x'.repeat(64)])(
    'A20.1 cannot begin with %j',
    (name) => {
      for (const dialect of ['postgres', 'mysql', 'sqlite'] as const) {
        if (name !== '' || dialect !== 'postgres') {
          expect(() => createNaming(dialect, { prefix: name })).toThrow(TokenloopError)
        }
        expect(() => createNaming(dialect, { schema: name })).toThrow(TokenloopError)
      }
    },
  )

  it('are short enough on every database, those of indexes included', () => {
    const longest = 'x'.repeat(28)
    expect(() => createNaming('mysql', { prefix: `${longest}x` })).toThrow(TokenloopError)
    for (const { name, indexes, unique } of TABLES) {
      const suffixes = [
        name,
        `${name}_pk`,
        `${name}_${unique}`,
        ...indexes.map(({ columns }) => `${name}_by_${columns[0]}`),
      ]
      for (const suffix of suffixes) expect((longest + suffix).length, suffix).toBeLessThanOrEqual(63)
      expect(new Set(suffixes).size, name).toBe(suffixes.length)
    }
  })
})
