import type { TokenStore } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { EFFECT, SAMPLE_EVENT, SAMPLES } from '../../src/testing/contract/samples.js'
import type { BadLine } from '../support/proxy.js'
import { ended } from './ended.js'
import { type Host, hostOn, lineTo, servers, until } from './hosts.js'

const LATER = SAMPLES.token.createdAt
const budget = { name: 'requests', limit: 1000, every: null, refill: 1000, cost: 1 }

interface Case {
  /** What is there before. */
  prepare?(store: TokenStore, id: string): Promise<unknown>
  run(store: TokenStore, id: string): Promise<unknown>
  /** How it may end. */
  readonly ends: readonly unknown[]
  /** What must be so in the end, seen from beside. */
  holds(store: TokenStore, id: string, end: unknown, host: Host): Promise<void>
}

const create = (store: TokenStore, id: string) =>
  store.write('token', id, 0, { ...SAMPLES.token, name: id }, { event: { ...SAMPLE_EVENT, id: `e_${id}`, about: id } })

const eventsOf = async (store: TokenStore, id: string) =>
  (await store.list('event', { about: id }, { limit: 10 })).items.length
const changesOf = async (store: TokenStore, id: string) =>
  (await store.changes(0, 1000)).changes.filter((change) => change.id === id).length

const CASES: Readonly<Record<string, Case>> = {
  'a new record with its event': {
    run: create,
    ends: ['written'],
    async holds(store, id) {
      expect(await store.get('token', id)).toMatchObject({ version: 1, record: { name: id } })
      expect(await eventsOf(store, id)).toBe(1)
    },
  },
  'a record that replaces another, with its entry in the feed': {
    prepare: create,
    run: (store, id) => store.write('token', id, 1, { ...SAMPLES.token, name: `new ${id}` }, { change: EFFECT }),
    ends: ['written'],
    async holds(store, id) {
      expect(await store.get('token', id)).toMatchObject({ version: 2, record: { name: `new ${id}` } })
      expect(await changesOf(store, id)).toBe(1)
    },
  },
  'a write under a condition': {
    prepare: (store, id) => store.write('account', `user:${id}`, 0, SAMPLES.account),
    run: (store, id) =>
      store.write('token', id, 0, SAMPLES.token, { onlyIf: [{ kind: 'account', id: `user:${id}`, version: 1 }] }),
    ends: ['written'],
    holds: async (store, id) => expect((await store.get('token', id)).version).toBe(1),
  },
  'a removal with its event': {
    prepare: create,
    run: (store, id) => store.write('token', id, 1, null, { event: { ...SAMPLE_EVENT, id: `r_${id}`, about: id } }),
    ends: ['written'],
    async holds(store, id) {
      expect((await store.get('token', id)).version).toBe(0)
      expect(await eventsOf(store, id)).toBe(2)
    },
  },
  'an entry that is inserted once': {
    run: (store, id) => store.insertOnce('jti', id, { a: 1 }, LATER),
    ends: [true],
    holds: async (store, id) => expect(await store.insertOnce('jti', id, { a: 2 }, LATER)).toBe(false),
  },
  'an entry that is taken once': {
    prepare: (store, id) => store.insertOnce('code', id, { a: 1 }, LATER),
    run: (store, id) => store.takeOnce('code', id, 'mine'),
    ends: [{ a: 1 }],
    async holds(store, id) {
      expect(await store.takeOnce('code', id, 'another')).toBe(undefined)
      expect(await store.takeOnce('code', id, 'mine')).toEqual({ a: 1 })
    },
  },
  'a unit that is spent, which is said or paid for in vain': {
    prepare: create,
    run: async (store, id) => (await store.spend('token', id, [budget])).ok,
    ends: [true, 'unavailable'],
    async holds(store, id, end) {
      const left = (await store.spend('token', id, [{ ...budget, cost: 0 }])).states[0]?.remaining
      expect(end === true ? [999] : [999, 1000]).toContain(left)
    },
  },
  'a use, which is never lost once it is told, and never moves back': {
    prepare: create,
    run: (store, id) => store.touch([{ kind: 'token', id, at: 7, count: 3, ip: null }]),
    ends: [undefined, 'unavailable'],
    async holds(_store, id, end, host) {
      const { ask } = await host.session()
      const [use] = await ask(`SELECT count, at FROM ${host.table('uses')} WHERE id = '${id}'`)
      expect(end === undefined ? [3] : [3, 0]).toContain(Number(use?.count ?? 0))
    },
  },
  'a read': {
    prepare: create,
    run: async (store, id) => (await store.getWith('token', id)).version,
    ends: [1],
    holds: async () => {},
  },
  'a sweep': {
    prepare: (store, id) => store.write('token', id, 0, { ...SAMPLES.token, keepUntil: 1 }),
    run: async (store) => typeof (await store.sweep(10)).removed,
    ends: ['number', 'unavailable'],
    async holds(store, id) {
      await store.sweep(10)
      expect((await store.get('token', id)).version).toBe(0)
    },
  },
}

/** Cuts a line once, after so many bytes of one direction. Answers whether there were as many. */
async function cutOnce(
  line: BadLine,
  of: 'requests' | 'answers',
  after: number,
  work: Promise<unknown>,
): Promise<boolean> {
  const start = line.arrived(of)
  let isDone = false
  work.finally(() => {
    isDone = true
  })
  await until(() => isDone || line.arrived(of) - start > after)
  line.turn({ kind: 'clear' })
  return line.arrived(of) - start > after
}

describe.each(servers)('R6 over a line to %s that is cut once, anywhere,', (server) => {
  it.each(Object.entries(CASES))(
    '%s is told as it happened',
    async (_, { prepare, run, ends, holds }) => {
      const host = await hostOn[server]()
      const line = await lineTo(server)
      const beside = host.open({ size: 2 })
      const store = host.open({ size: 1, at: line })
      for (const of of ['answers', 'requests'] as const) {
        let wasCut = true
        for (let after = 0; wasCut; after += 5 + Math.floor(after / 4)) {
          const id = `${of}_${after}`
          await prepare?.(beside, id)
          // The line is open, and its statements are prepared, before it goes bad.
          await store.get('token', id)
          line.turn({ kind: 'drop', of, after })
          const work = ended(run(store, id))
          wasCut = await cutOnce(line, of, after, work)
          const end = await work
          expect(ends, id).toContainEqual(end)
          await holds(beside, id, end, host)
        }
      }
    },
    60_000,
  )
})
