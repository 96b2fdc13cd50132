import type { TokenStore } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import { stores } from '../support/stores.js'
import { alice, answerOf, codeOf, draft, world } from '../support/world.js'

type Row = Record<string, unknown>

/** What somebody did to a row by hand. */
const POISONS: Readonly<Record<string, (record: Row) => Row>> = {
  'scopes that are no list': (record) => ({ ...record, scopes: 'issues:read' }),
  'scopes that are no texts': (record) => ({ ...record, scopes: [1] }),
  'no scopes': ({ scopes: _, ...record }) => record,
  'roles that are an object': (record) => ({ ...record, roles: { 0: 'Admin' } }),
  'an expiry that is a text': (record) => ({ ...record, expiresAt: '2099-01-01' }),
  'an expiry that is no number': (record) => ({ ...record, expiresAt: Number.NaN }),
  'no expiry': ({ expiresAt: _, ...record }) => record,
  'a beginning that is true': (record) => ({ ...record, notBefore: true }),
  'a digest of another length': (record) => ({ ...record, digest: { hash: 'A'.repeat(42), pepper: null } }),
  'a digest in other letters': (record) => ({ ...record, digest: { hash: '*'.repeat(43), pepper: null } }),
  'no digest': ({ digest: _, ...record }) => record,
  'a pepper that is a number': (record) => ({ ...record, digest: { ...(record.digest as object), pepper: 1 } }),
  'a predecessor without an end': (record) => ({
    ...record,
    predecessor: { ...(record.digest as object), generation: 1 },
  }),
  'an owner of an unknown kind': (record) => ({ ...record, owner: { kind: 'root', id: 'alice' } }),
  'no owner': ({ owner: _, ...record }) => record,
  'a tenant that is a number': (record) => ({ ...record, tenant: 7 }),
  'a name that is null': (record) => ({ ...record, name: null }),
  'a generation below one': (record) => ({ ...record, generation: -1 }),
  'a revocation that is false': (record) => ({ ...record, revoked: false }),
  'no revocation': ({ revoked: _, ...record }) => record,
  'a pause that is undefined': (record) => ({ ...record, paused: undefined }),
  'networks that are no list': (record) => ({ ...record, networks: null }),
  'networks that are no networks': (record) => ({ ...record, networks: [{}] }),
  'limits without a refill': (record) => ({ ...record, limits: [{ name: 'a', limit: 1, every: null }] }),
  'no limits': ({ limits: _, ...record }) => record,
  'epochs that are texts': (record) => ({ ...record, epochs: { owner: '0', tenant: '0' } }),
  'no epochs': ({ epochs: _, ...record }) => record,
  'a prototype in the metadata': (record) => ({ ...record, metadata: JSON.parse('{"__proto__":{"polluted":1}}') }),
  'metadata that is a text': (record) => ({ ...record, metadata: '{}' }),
  'a creator without a kind': (record) => ({ ...record, createdBy: { id: 'alice' } }),
  'a sealed text that is none': (record) => ({ ...record, sealed: 'sl_…' }),
  'nothing at all': () => ({}),
}

/** Answers of an adapter in which every record with this id was changed. */
function poisoned(store: TokenStore, isBad: (id: string) => boolean, change: (record: Row) => unknown): TokenStore {
  const bad = <T extends { readonly record?: unknown }>(id: string, answer: T): T =>
    isBad(id) && answer?.record ? { ...answer, record: change(answer.record as Row) } : answer
  return around(store, async ({ method, args }, run) => {
    const answer = await run()
    if (method === 'get' || method === 'getWith') return bad(`${args[1]}`, answer as object) as typeof answer
    if (method !== 'list') return answer
    const page = answer as { items: { id: string; record: unknown }[] }
    return { ...page, items: page.items.map((item) => bad(item.id, item)) } as typeof answer
  })
}

describe.each(stores)('A20.4 a row that was edited by hand, on the $name store,', ({ make }) => {
  it.each(Object.entries(POISONS))('with %s: is out of use, and all others are not affected', async (_, change) => {
    let badId = ''
    const here = await world(make, { wrap: (store) => poisoned(store, (id) => id === badId, change) })
    const { tokens, told } = here
    const good = await tokens.issue(draft)
    const bad = await tokens.issue({ ...draft, name: 'bad' })
    badId = bad.token.id

    expect(await answerOf(here, bad.secret.reveal())).toBe('unavailable')
    expect(await answerOf(here, good.secret.reveal())).toBe('ok')
    expect(told('store.corrupt')).toContainEqual(expect.objectContaining({ about: badId }))
    for (const change of ['update', 'rotate', 'pause', 'resume', 'revoke', 'reveal'] as const) {
      expect(await codeOf(tokens[change](badId, { by: alice }))).toBe('store_corrupt')
    }
    expect(await codeOf(tokens.get(badId))).toBe('store_corrupt')
    expect((await tokens.list()).items.map(({ id }) => id)).toEqual([good.token.id])
    expect((await tokens.due({ within: '10y' })).items.map(({ token }) => token.id)).toEqual([good.token.id])
    badId = ''
    expect(await answerOf(here, bad.secret.reveal())).toBe('ok')
  })

  it.each<[string, (record: Row) => Row]>([
    ['a status that is unknown', (record) => ({ ...record, status: 'paused' })],
    ['no status', ({ status: _, ...record }) => record],
    ['an epoch that is a text', (record) => ({ ...record, tokens: '0' })],
    ['an epoch below nothing', (record) => ({ ...record, tokens: -1 })],
    ['a type of another kind', (record) => ({ ...record, type: 'root' })],
  ])('of the owner, with %s: what hangs on it is out of use', async (_, change) => {
    let isBad = false
    const wrap = (store: TokenStore) =>
      around(store, async ({ method }, run) => {
        const answer = await run()
        if (!isBad || method !== 'getWith') return answer
        const { chain, ...read } = answer as { chain: { owner: { record: Row } } }
        return { ...read, chain: { owner: { ...chain.owner, record: change(chain.owner.record) } } } as typeof answer
      })
    const here = await world(make, { wrap })
    await here.accounts.cutOff({ kind: 'user', id: 'alice' }, { by: alice })
    const { secret, token } = await here.tokens.issue(draft)
    isBad = true
    expect(await answerOf(here, secret.reveal())).toBe('unavailable')
    expect(await codeOf(here.tokens.get(token.id))).toBe('store_corrupt')
    isBad = false
    expect(await answerOf(here, secret.reveal())).toBe('ok')
  })
})

describe.each(stores)('A20.8 an adapter over the $name store that', ({ make }) => {
  const answering = async (method: string, answer: unknown) => {
    let isBad = false
    const wrap = (store: TokenStore) =>
      around(store, async (call, run) => {
        const right = await run()
        return isBad && call.method === method ? (answer as typeof right) : right
      })
    const here = await world(make, { wrap })
    const issued = await here.tokens.issue({ ...draft, limits: [{ name: 'calls', limit: 5 }] })
    isBad = true
    return { ...here, ...issued, text: issued.secret.reveal() }
  }

  it.each([undefined, null, true, 1, '1', 'ok', '', {}, [], 'WRITTEN'])(
    'says of a write %j has failed, and not succeeded',
    async (answer) => {
      const { tokens, accounts, token } = await answering('write', answer)
      // A secret that can be seen to be in place is handed out; whatever else is uncertain is `unavailable`.
      const next = await tokens.rotate(token.id, { by: alice }).catch(() => undefined)
      if (next !== undefined) expect(await tokens.verify(next.secret.reveal())).toMatchObject({ ok: true })
      expect(await codeOf(tokens.update(token.id, { by: alice, name: 'x' }))).toBe('unavailable')
      expect(await codeOf(tokens.pause(token.id, { by: alice }))).toBe('unavailable')
      expect(await codeOf(tokens.revokeAll({ by: alice, owner: { kind: 'user', id: 'alice' } }))).toBe('unavailable')
      expect(await codeOf(accounts.suspend({ kind: 'tenant', id: 'ws_1' }, { by: alice }))).toBe('unavailable')
      expect(await codeOf(tokens.revoke(token.id, { by: alice }))).toBe('unavailable')
    },
  )

  it('says for ever that others were first is a conflict in the end', async () => {
    let isBad = false
    const wrap = (store: TokenStore) =>
      around(store, async ({ method }, run) => {
        return isBad && method === 'write' ? ('conflict' as Awaited<ReturnType<typeof run>>) : run()
      })
    const { tokens, accounts, told } = await world(make, { wrap })
    const { token } = await tokens.issue(draft)
    isBad = true
    for (const work of [
      () => tokens.issue(draft),
      () => tokens.update(token.id, { by: alice, name: 'x' }),
      () => tokens.rotate(token.id, { by: alice }),
      () => tokens.revokeAll({ by: alice, owner: draft.owner }),
      () => accounts.create({ by: alice, name: 'bot', scopes: [] }),
    ]) {
      expect(await codeOf(work())).toBe('conflict')
    }
    expect(told('token.issued')).toHaveLength(1)
  })

  it.each([
    undefined,
    null,
    true,
    'ok',
    {},
    { ok: true },
    { now: 1, ok: 1, states: [] },
    { now: 1, ok: 'true', states: [] },
    { now: 1, ok: true, states: [] },
    { now: 1, ok: true, states: [{}] },
    { ok: true, states: undefined },
  ])('says of spending %j has let nobody through, and refused nobody', async (answer) => {
    const { tokens, text } = await answering('spend', answer)
    expect(await tokens.verify(text)).toEqual({ ok: false, reason: 'unavailable' })
  })

  it.each([
    undefined,
    null,
    true,
    'row',
    {},
    [],
    { now: 'x', version: 1 },
    { now: 1, version: -1, record: {} },
    { now: 1, version: 1 },
  ])('answers a read with %j is unavailable', async (answer) => {
    const { tokens, text, token } = await answering('getWith', answer)
    expect(await tokens.verify(text)).toEqual({ ok: false, reason: 'unavailable' })
    expect(['unavailable', 'store_corrupt']).toContain(await codeOf(tokens.get(token.id)))
    expect(['unavailable', 'store_corrupt']).toContain(await codeOf(tokens.revoke(token.id, { by: alice })))
    expect(['unavailable', 'store_corrupt']).toContain(await codeOf(tokens.issue(draft)))
  })

  it.each([undefined, null, [], {}, { now: 1 }, { now: 1, items: {} }, { now: 1, items: [], next: 'x' }])(
    'answers a list with %j is unavailable',
    async (answer) => {
      const { tokens, accounts } = await answering('list', answer)
      expect(await codeOf(tokens.list())).toBe('unavailable')
      expect(await codeOf(tokens.audit())).toBe('unavailable')
      expect(await codeOf(tokens.due({ within: '1d' }))).toBe('unavailable')
      expect(await codeOf(accounts.list())).toBe('unavailable')
    },
  )
})
