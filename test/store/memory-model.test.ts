import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memoryStore } from '../../src/store/memory.js'
import type { Records } from '../../src/store/records.js'
import { SAMPLES } from '../../src/testing/contract/samples.js'
import { createClock } from '../../src/testing/index.js'

type Token = Records['token']

const few = <T>(...values: T[]) => fc.constantFrom(...values)
const id = few('a', 'b', 'c')

const write = fc.record({
  does: fc.constant('write' as const),
  id,
  /** How far the expected version is from the right one. */
  off: few(0, 0, 0, 0, 1, -1),
  members: fc.option(
    fc.record({
      order: few(1, 1, 1, 2),
      unique: few(null, 'x', 'y'),
      tenant: few('ws_1', 'ws_1', 'ws_2', null),
      owner: few('u_1', 'u_1', 'u_2').map((id) => ({ kind: 'user' as const, id })),
      keepUntil: few(null, 0, 5, 10, 15, 20),
    }),
    { freq: 6 },
  ),
})
const touch = fc.record({ does: fc.constant('touch' as const), id, at: fc.nat(9) })
const sweep = fc.record({ does: fc.constant('sweep' as const), limit: few(1, 2, 9), later: fc.nat(4) })
const steps = fc.array(fc.oneof({ weight: 6, arbitrary: write }, touch, sweep), { minLength: 40, maxLength: 80 })

/** A store said in the plainest way: one map, and all else worked out from it each time. */
class Model {
  readonly rows = new Map<string, { version: number; record: Token; count: number }>()

  write(id: string, expected: number, record: Token | null): string {
    const before = this.rows.get(id)
    if ((before?.version ?? 0) !== expected) return 'conflict'
    const isTaken =
      record?.unique != null &&
      [...this.rows].some(([other, row]) => other !== id && row.record.unique === record.unique)
    if (isTaken) return 'duplicate'
    if (record === null) this.rows.delete(id)
    else this.rows.set(id, { version: expected + 1, record, count: before?.count ?? 0 })
    return 'written'
  }

  newestFirst(wanted: (record: Token) => boolean): readonly (readonly [string, number, number])[] {
    return [...this.rows]
      .filter(([, { record }]) => wanted(record))
      .sort(([a, { record: one }], [b, { record: other }]) => other.order - one.order || (a < b ? 1 : -1))
      .map(([id, { version, count }]) => [id, version, count] as const)
  }

  due(now: number): readonly string[] {
    return [...this.rows]
      .filter(([, { record }]) => record.keepUntil !== null && record.keepUntil <= now)
      .map(([id]) => id)
  }
}

type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never

interface Pair {
  readonly store: ReturnType<typeof memoryStore>
  readonly model: Model
  readonly clock: ReturnType<typeof createClock>
}

const DOES: { readonly [D in Step['does']]: (pair: Pair, step: Extract<Step, { does: D }>) => Promise<void> } = {
  async write({ store, model }, { id, off, members }) {
    const expected = Math.max(0, (model.rows.get(id)?.version ?? 0) + off)
    const next = members && { ...SAMPLES.token, ...members }
    expect(await store.write('token', id, expected, next)).toBe(model.write(id, expected, next))
  },
  async touch({ store, model }, { id, at }) {
    await store.touch([{ kind: 'token', id, at, count: 1, ip: null }])
    const row = model.rows.get(id)
    if (row !== undefined) row.count++
  },
  async sweep({ store, model, clock }, { limit, later }) {
    clock.advance(later)
    const due = model.due(clock.now())
    const { removed, more } = await store.sweep(limit)
    expect([removed, more]).toEqual([Math.min(due.length, limit), due.length > limit])
    // Which of them go first is not promised.
    for (const id of due) if ((await store.get('token', id)).version === 0) model.rows.delete(id)
    expect(due.filter((id) => !model.rows.has(id)).length).toBe(removed)
  },
}

it('a store in memory is one map, whatever is written, used and swept', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const clock = createClock(0)
      const pair: Pair = { store: memoryStore({ clock }), model: new Model(), clock }
      for (const step of steps) {
        await DOES[step.does](pair, step as never)
        await compare(pair)
      }
    }),
    { numRuns: 150 },
  )
})

async function compare({ store, model }: Pair): Promise<void> {
  for (const [id, { version, record }] of model.rows) {
    const read = await store.get('token', id)
    expect([read.version, read.record]).toEqual([version, record])
  }
  for (const unique of ['x', 'y']) {
    const holder = [...model.rows].find(([, { record }]) => record.unique === unique)?.[0]
    expect((await store.find('token', unique))?.id).toBe(holder)
  }
  const filters = [
    [{}, () => true],
    [{ tenant: 'ws_1' }, ({ tenant }: Token) => tenant === 'ws_1'],
    [{ owner: { kind: 'user', id: 'u_2' } }, ({ owner }: Token) => owner.id === 'u_2'],
    [
      { owner: { kind: 'user', id: 'u_1' }, tenant: 'ws_2' },
      ({ owner, tenant }: Token) => owner.id === 'u_1' && tenant === 'ws_2',
    ],
  ] as const
  for (const [filter, wanted] of filters) {
    const first = await store.list('token', filter, { limit: 2 })
    const second = first.next && (await store.list('token', filter, { limit: 9, after: first.next }))
    const listed = [...first.items, ...(second?.items ?? [])]
    expect(listed.map(({ id, version, use }) => [id, version, use?.count ?? 0])).toEqual(model.newestFirst(wanted))
  }
}
