import { describe, expect, it } from 'vitest'
import { TokenloopError } from '../../src/core/errors.js'
import type { Event } from '../../src/core/event.js'
import { around, type Method } from '../../src/store/around.js'
import { memoryStore } from '../../src/store/memory.js'
import type { Records } from '../../src/store/records.js'
import type { TokenStore } from '../../src/store/store.js'
import { trusted } from '../../src/store/trust.js'
import { SAMPLE_EVENT, SAMPLES } from '../../src/testing/contract/samples.js'
import { countingStore, faultyStore } from '../../src/testing/index.js'

const NOW = 1_000
const BUDGETS = [{ name: 'a', limit: 1, every: null, refill: 1, cost: 1 }] as const
const STATE = {
  name: 'a',
  limit: 1,
  every: null,
  refill: 1,
  remaining: 0,
  moreAfter: null,
  retryAfter: null,
  refused: false,
}

const CALLS: { readonly [M in Method]: (store: TokenStore) => Promise<unknown> } = {
  get: (store) => store.get('token', 't'),
  getWith: (store) => store.getWith('token', 't'),
  find: (store) => store.find('token', 'key'),
  write: (store) => store.write('token', 't', 0, SAMPLES.token),
  list: (store) => store.list('token', {}, { limit: 5 }),
  insertOnce: (store) => store.insertOnce('kind', 'key', 1, 1),
  takeOnce: (store) => store.takeOnce('kind', 'key', 'claim'),
  touch: (store) => store.touch([]),
  spend: (store) => store.spend('token', 't', BUDGETS),
  changes: (store) => store.changes(0, 5),
  sweep: (store) => store.sweep(5),
}
const METHODS = Object.keys(CALLS) as Method[]

/** A trusted store whose adapter gives this answer to everything, and what it told. */
function answering(answer: unknown) {
  const events: Event[] = []
  const adapter = around(memoryStore(), async () => answer as never)
  return { store: trusted(adapter, (event) => events.push(event)), events }
}

const refusal = (call: Promise<unknown>) =>
  call.then(
    (answer) => expect.fail(`was answered: ${JSON.stringify(answer)}`),
    (error: unknown) => error as TokenloopError,
  )

const row = (record: unknown, version: unknown = 1) => ({ now: NOW, version, record })
const owner = { kind: 'account', id: 'user:u_1', version: 0, record: undefined }
const token = SAMPLES.token
const keyed = { ...token, unique: 'key' }
const readWith = (chain: unknown, record: unknown = token) => ({ ...row(record), chain })
const found = (record: unknown) => ({ ...row(record), id: 't' })
const item = (members: object = {}) => ({ id: 't', version: 1, record: token, chain: { owner }, use: null, ...members })
const page = (items: unknown, more: object = {}) => ({ now: NOW, items, ...more })
const change = { number: 1, at: 1, kind: 'token', id: 't', effect: 'ended', status: 'revoked', epochs: {} }
const feed = (members: object) => ({ changes: [{ ...change, ...members }], cursor: 1, reset: false })

describe('trusted', () => {
  it.each(METHODS)('A20.8 makes whatever is thrown by %s unavailable', async (method) => {
    const thrown = [new Error('down'), new TypeError('x'), null, undefined, 'text', 0, { code: '40001' }, Symbol('x')]
    const codes = ['not_found', 'conflict', 'name_taken', 'invalid_input'] as const
    for (const error of [...thrown, ...codes.map((code) => new TokenloopError(code, 'not for an adapter to say'))]) {
      const events: Event[] = []
      const adapter = faultyStore(memoryStore(), { down: { point: 'before', method, error } })
      const refused = await refusal(CALLS[method](trusted(adapter, (event) => events.push(event))))
      expect(refused).toBeInstanceOf(TokenloopError)
      expect(refused.code).toBe('unavailable')
      expect(refused.cause).toBe(error)
      expect(events).toEqual([{ type: 'store.failed', at: null, detail: { method } }])
    }
  })

  it('A20.8 makes what an adapter throws at once, or answers without a promise, no worse', async () => {
    const adapter: TokenStore = {
      ...around(memoryStore(), (_, run) => run()),
      get: () => {
        throw null
      },
      sweep: () => ({ removed: 1, more: false }) as never,
    }
    const store = trusted(adapter, () => {})
    expect((await refusal(store.get('token', 't'))).code).toBe('unavailable')
    expect(await store.sweep(1)).toEqual({ removed: 1, more: false })
  })

  it.each(['unavailable', 'store_corrupt'] as const)('passes on what an adapter says is %s', async (code) => {
    const events: Event[] = []
    const error = new TokenloopError(code, 'the adapter knows')
    const adapter = faultyStore(memoryStore(), { deliberate: { point: 'before', error } })
    expect(await refusal(trusted(adapter, (event) => events.push(event)).get('token', 't'))).toBe(error)
    const type = code === 'unavailable' ? 'store.failed' : 'store.corrupt'
    expect(events).toEqual([{ type, at: null, detail: { method: 'get' } }])
  })

  const SHAPELESS: readonly (readonly [Method, readonly unknown[]])[] = [
    ['get', [row(undefined, 1), { now: NOW, record: undefined }, { now: NOW, record: token }, row(token, '1')]],
    ['get', [{ version: 0 }, { now: Number.NaN, version: 0 }, { now: '5', version: 0 }, { now: -1, version: 0 }]],
    ['getWith', [row(token), readWith(null), readWith({}), readWith({ owner: {} }), readWith([owner])]],
    ['getWith', [readWith({ owner: { ...owner, id: 'user:u_2' } }), readWith({ owner: { ...owner, kind: 'client' } })]],
    ['getWith', [readWith({ owner: { ...owner, version: 1 } })]],
    ['getWith', [readWith({ owner }, { ...token, tenant: 'ws_1' })]],
    [
      'find',
      [null, false, 't', {}, row(token), found(undefined), { ...found(keyed), id: 5 }, { ...found(keyed), now: null }],
    ],
    ['find', [found({ ...keyed, unique: 'KEY' }), found({ ...token, unique: null })]],
    ['write', [undefined, null, true, 1, 'ok', 'WRITTEN', { affectedRows: 1 }, ['written']]],
    ['list', [null, [], {}, page(undefined), page({ 0: item() }), { items: [] }, page([], { now: undefined })]],
    ['list', [page([], { next: 5 }), page([], { next: { order: 1 } }), page([], { next: { order: '1', id: 't' } })]],
    ['list', [page([null]), page(['t']), page([{ ...item(), id: undefined }]), page([item({ chain: {} })])]],
    ['insertOnce', [undefined, null, 1, 0, '1', 'true', { affectedRows: 1 }]],
    ['takeOnce', [() => {}, Number.NaN, 1n, { a: undefined }]],
    ['spend', [undefined, true, { now: NOW, ok: true }, { now: NOW, ok: true, states: [] }]],
    [
      'spend',
      [
        { now: NOW, ok: 'true', states: [STATE] },
        { now: NOW, ok: 1, states: [STATE] },
      ],
    ],
    [
      'spend',
      [
        { now: NOW, ok: true, states: [{ ...STATE, refused: true }] },
        { now: NOW, ok: false, states: [STATE] },
      ],
    ],
    [
      'spend',
      [
        { now: NOW, ok: true, states: [{ ...STATE, name: 'b' }] },
        { now: Number.NaN, ok: true, states: [STATE] },
      ],
    ],
    ['spend', [{ now: NOW, ok: true, states: [{ ...STATE, remaining: '0' }] }]],
    ['changes', [undefined, [], {}, { changes: [], cursor: '1', reset: false }, { changes: [], cursor: 1 }]],
    ['changes', [feed({ number: '1' }), feed({ number: 0 }), feed({ kind: 'user' }), feed({ effect: 'gone' })]],
    ['changes', [feed({ id: 5 }), feed({ epochs: { tokens: '1' } }), feed({ epochs: null }), feed({ at: null })]],
    ['sweep', [undefined, 3, { removed: '3', more: false }, { removed: 3 }, { removed: undefined, more: false }]],
  ]
  it.each(SHAPELESS)('A20.8 makes an answer to %s that is none unavailable', async (method, answers) => {
    for (const answer of method === 'touch' ? [] : [Symbol('x'), ...answers]) {
      const { store, events } = answering(answer)
      expect((await refusal(CALLS[method](store))).code).toBe('unavailable')
      expect(events).toEqual([{ type: 'store.failed', at: null, detail: { method } }])
    }
  })

  it('A20.8 makes an answer that throws when it is looked at unavailable', async () => {
    const trap = new Proxy({}, { get: (_, key) => (key === 'then' ? undefined : expect.fail('looked at')) })
    const { store } = answering(trap)
    expect((await refusal(store.get('token', 't'))).code).toBe('unavailable')
  })

  it('A20.8 refuses a page that leads back to where it began', async () => {
    const after = { order: 5, id: 'b' }
    for (const next of [after, { order: 6, id: 'a' }]) {
      const { store } = answering(page([], { next }))
      expect((await refusal(store.list('token', {}, { limit: 5, after }))).code).toBe('unavailable')
    }
    const next = { order: 5, id: 'a' }
    expect(await answering(page([], { next })).store.list('token', {}, { limit: 5, after })).toMatchObject({ next })
  })

  const POISONED: readonly (readonly [string, unknown, unknown])[] = [
    ['scopes that are no list', { ...token, scopes: 'issues:read' }, 1],
    ['an expiry as text', { ...token, expiresAt: '5' }, 1],
    ['a missing member', { ...token, revoked: undefined }, 1],
    ['a member that is not known', { ...token, readOnly: true }, 1],
    ['a negative version', token, -1],
    ['version 0', token, 0],
    ['half a version', token, 1.5],
    ['no record but a text', JSON.stringify(token), 1],
    ['no record but null', null, 1],
    ['the record of another kind', SAMPLES.account, 1],
  ]
  it.each(POISONED)('A20.4 says that a row with %s is corrupt, wherever it is read', async (_, record, version) => {
    const reads = [
      answering(row(record, version)).store.get('token', 't'),
      answering({ ...row(record, version), chain: { owner } }).store.getWith('token', 't'),
      answering({ ...row(record, version), id: 't' }).store.find('token', 'key'),
    ]
    for (const read of reads) expect((await refusal(read)).code).toBe('store_corrupt')
    const { store, events } = answering(row(record, version))
    await refusal(store.get('token', 't'))
    expect(events).toEqual([{ type: 'store.corrupt', at: null, about: 't', detail: { kind: 'token' } }])
  })

  it('A20.4 says that a token with a corrupt owner is corrupt, and whose row it is', async () => {
    const poisoned = { ...owner, version: 1, record: { ...SAMPLES.account, status: 'superuser' } }
    const { store, events } = answering(readWith({ owner: poisoned }))
    expect((await refusal(store.getWith('token', 't'))).code).toBe('store_corrupt')
    expect(events).toEqual([{ type: 'store.corrupt', at: null, about: 'user:u_1', detail: { kind: 'account' } }])
  })

  it('A20.4 leaves corrupt rows out of a list, tells of each, and goes on', async () => {
    const next = { order: 1, id: 'e' }
    const account = { ...owner, version: 1, record: { ...SAMPLES.account, tokens: -1 } }
    const items = [
      item({ id: 'a' }),
      item({ id: 'b', record: { ...token, name: 7 } }),
      item({ id: 'c', version: -1 }),
      item({ id: 'd', chain: { owner: account } }),
      item({ id: 'e', use: { at: 'yesterday', count: 1, ip: null } }),
      item({ id: 'f', use: { at: 1, count: 1, ip: null } }),
    ]
    const { store, events } = answering(page(items, { next }))
    const listed = await store.list('token', {}, { limit: 6 })
    expect(listed.items.map(({ id }) => id)).toEqual(['a', 'f'])
    expect(listed.next).toEqual(next)
    expect(events.map(({ type, about }) => `${type} ${about}`)).toEqual([
      'store.corrupt b',
      'store.corrupt c',
      'store.corrupt user:u_1',
      'store.corrupt e',
    ])
  })

  it('A20.4 leaves corrupt events out of the audit trail', async () => {
    const good = { ...SAMPLE_EVENT, id: 'good' }
    const { store, events } = answering(
      page([{ ...good, id: 'bad', by: 'me' }, good, { ...good, id: 'worse', type: 'x' }]),
    )
    expect((await store.list('event', {}, { limit: 5 })).items).toEqual([good])
    expect(events.map(({ about }) => about)).toEqual(['bad', 'worse'])
  })

  it('hands on what a sound store answers, unchanged', async () => {
    const events: Event[] = []
    const plain = memoryStore({ clock: { now: () => NOW } })
    const store = trusted(plain, (event) => events.push(event))
    expect(store.capabilities).toEqual(plain.capabilities)
    for (const method of METHODS) await CALLS[method](store)
    expect(await store.getWith('token', 't')).toEqual(await plain.getWith('token', 't'))
    expect(await store.list('token', {}, { limit: 5 })).toEqual(await plain.list('token', {}, { limit: 5 }))
    await store.insertOnce('kind', 'null', null, NOW + 1)
    expect(await store.takeOnce('kind', 'null', 'claim')).toBe(null)
    expect(events).toEqual([])
  })

  it('asks the adapter once for each call', async () => {
    const counting = countingStore(memoryStore())
    const store = trusted(counting, () => {})
    for (const method of METHODS) await CALLS[method](store)
    expect(Object.values(counting.calls)).toEqual(METHODS.map(() => 1))
  })

  it('A20.8 looks at every chain that it has not seen, and again at one that can be changed', async () => {
    const record = memoryStore()
    await record.write('token', 't', 0, token)
    const { chain: sound, ...read } = await record.getWith('token', 't')
    const wrong = { owner: Object.freeze({ ...owner, id: 'user:u_2' }) }
    const changed = { owner: { ...owner } }
    const answers: unknown[] = [sound, sound, Object.freeze(wrong), sound, changed, changed]
    const store = trusted(
      around(memoryStore(), async () => ({ ...read, chain: answers.shift() }) as never),
      () => {},
    )
    const outcome = () =>
      store.getWith('token', 't').then(
        () => 'sound',
        ({ code }) => code,
      )
    expect([await outcome(), await outcome()]).toEqual(['sound', 'sound'])
    expect([await outcome(), await outcome(), await outcome()]).toEqual(['unavailable', 'sound', 'sound'])
    changed.owner.id = 'user:u_2'
    expect(await outcome()).toBe('unavailable')
  })

  it('looks again at a record that can be changed, and does not take one kind for another', async () => {
    const mutable = { ...token }
    const { store } = answering({ ...row(mutable), chain: { owner } })
    await store.getWith('token', 't')
    Object.assign(mutable, { scopes: '*' })
    expect((await refusal(store.getWith('token', 't'))).code).toBe('store_corrupt')

    const halfFrozen = Object.freeze({ ...token, digest: { ...token.digest } })
    const half = answering({ ...row(halfFrozen), chain: { owner } }).store
    await half.getWith('token', 't')
    Object.assign(halfFrozen.digest, { hash: '' })
    expect((await refusal(half.getWith('token', 't'))).code).toBe('store_corrupt')

    const frozen = await memoryStoreToken()
    const one = answering({ ...row(frozen), chain: { owner } }).store
    await one.getWith('token', 't')
    await one.getWith('token', 't')
    expect((await refusal(one.get('account', 't'))).code).toBe('store_corrupt')
  })

  it('is not stopped by a listener that throws', async () => {
    const adapter = faultyStore(memoryStore(), { down: { point: 'before' } })
    const store = trusted(adapter, () => {
      throw new Error('the log is full')
    })
    expect((await refusal(store.get('token', 't'))).code).toBe('unavailable')
  })

  it('puts nothing that an adapter threw into the event', async () => {
    const events: Event[] = []
    const error = new Error('connect postgres://tokenloop:hunter2@db')
    const adapter = faultyStore(memoryStore(), { down: { point: 'before', error } })
    const refused = await refusal(trusted(adapter, (event) => events.push(event)).get('token', 't'))
    expect(JSON.stringify(events) + refused.message).not.toContain('hunter2')
  })
})

async function memoryStoreToken(): Promise<Records['token']> {
  const store = memoryStore()
  await store.write('token', 't', 0, token)
  return (await store.get('token', 't')).record as Records['token']
}
