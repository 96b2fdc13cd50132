import type { Filters, ItemOf, ListKind, Position, TokenStore } from '../../store/store.js'
import { equal, holds } from './assert.js'
import { type ContractCase, contractCase } from './world.js'

/** All ids of a list, page by page. */
export async function pageThrough<K extends ListKind>(
  store: TokenStore,
  kind: K,
  filter: Filters[K],
  limit: number,
  between: (page: number) => Promise<unknown> = async () => {},
): Promise<readonly string[]> {
  const ids: string[] = []
  let after: Position | undefined
  for (let number = 1; ; number++) {
    const { items, next } = await store.list(kind, filter, { limit, ...(after && { after }) })
    holds(items.length <= limit, `a page of at most ${limit} items`)
    ids.push(...items.map(({ id }: ItemOf<ListKind>) => id))
    if (next === undefined) return ids
    after = next
    await between(number)
  }
}

const sorted = (ids: readonly string[]) => [...ids].sort()

export const lists: readonly ContractCase[] = [
  contractCase('lists newest first, page by page, without a cut', async ({ store, fresh, put }) => {
    const tenant = fresh('ws')
    const orders = [5, 1, 9, 3, 7, 2, 8, 4, 6]
    const ids = new Map<number, string>()
    for (const order of orders) {
      const id = fresh('token')
      ids.set(order, id)
      await put('token', id, { tenant, order })
    }
    const newestFirst = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((order) => ids.get(order) as string)
    for (const limit of [1, 2, 3, 8, 9, 10]) {
      equal(await pageThrough(store, 'token', { tenant }, limit), newestFirst, `the list in pages of ${limit}`)
    }
    const whole = await store.list('token', { tenant }, { limit: 9 })
    equal(whole.next, undefined, 'where a full last page goes on')
    equal(await pageThrough(store, 'token', { tenant: fresh('ws') }, 3), [], 'an empty list')
  }),

  contractCase('tells records of the same order apart', async ({ store, fresh, put }) => {
    const tenant = fresh('ws')
    const ids = ['b', 'a', 'B', 'ä', 'c', 'C', 'A'].map((letter) => `${fresh('token')}${letter}`)
    for (const id of ids) await put('token', id, { tenant, order: 1 })
    const listed = await pageThrough(store, 'token', { tenant }, 2)
    equal(sorted(listed), sorted(ids), 'the ids of one order')
    equal(await pageThrough(store, 'token', { tenant }, 3), listed, 'the same list again')
  }),

  contractCase('pages alike while records come, change and go', async ({ store, fresh, make, put }) => {
    const tenant = fresh('ws')
    const ids: string[] = []
    for (let order = 1; order <= 8; order++) {
      const id = fresh('token')
      ids.unshift(id)
      await put('token', id, { tenant, order })
    }
    const listed = await pageThrough(store, 'token', { tenant }, 2, async (page) => {
      await put('token', fresh('token'), { tenant, order: 100 + page })
      await store.write('token', ids[page] as string, 1, make('token', { tenant, order: 8 - page, name: 'changed' }))
      // The place where the page ended is gone; the list goes on after it all the same.
      if (page === 2) await store.write('token', ids[3] as string, 1, null)
    })
    equal(listed, ids, 'the records there were when the list began')
  }),

  contractCase('lists each record with its version, its chain and its use', async ({ store, fresh, make, put }) => {
    const [id, user] = [fresh('token'), fresh('u')]
    const owner = { kind: 'user', id: user } as const
    await put('token', id, { owner })
    const record = make('token', { owner })
    await store.write('token', id, 1, record)
    await put('account', `user:${user}`, { status: 'suspended' })
    const list = async () => (await store.list('token', { owner }, { limit: 2 })).items
    const [item, ...others] = await list()
    equal([item?.id, item?.version, item?.record, item?.use], [id, 2, record, null], 'the item')
    equal(others, [], 'other items')
    equal(item?.chain.owner.record?.status, 'suspended', 'the status of the owner in the list')
    await store.touch([{ kind: 'token', id, at: 7, count: 2, ip: '192.0.2.1' }])
    equal((await list())[0]?.use, { at: 7, count: 2, ip: '192.0.2.1' }, 'its use')
  }),

  contractCase('narrows a list of tokens to all that its filter says', async ({ store, fresh, put }) => {
    const [tenant, other, user] = [fresh('ws'), fresh('ws'), fresh('u')]
    const owner = { kind: 'user', id: user } as const
    const by = { kind: 'system', id: 'system' } as const
    const ids = { early: fresh(), late: fresh(), never: fresh(), revoked: fresh(), account: fresh(), other: fresh() }
    const old = { tenant, owner, createdAt: 10 }
    await put('token', ids.early, { ...old, expiresAt: 100 })
    await put('token', ids.late, { ...old, expiresAt: 200 })
    await put('token', ids.never, { ...old, createdAt: 50 })
    await put('token', ids.revoked, { ...old, revoked: { at: 20, by, reason: null } })
    await put('token', ids.account, { ...old, owner: { kind: 'account', id: user } })
    await put('token', ids.other, { ...old, tenant: other })
    await store.touch([{ kind: 'token', id: ids.early, at: 60, count: 1, ip: null }])

    const cases: readonly (readonly [Filters['token'], readonly (keyof typeof ids)[]])[] = [
      [{ tenant }, ['early', 'late', 'never', 'revoked', 'account']],
      [{ owner }, ['early', 'late', 'never', 'revoked', 'other']],
      [{ owner, tenant }, ['early', 'late', 'never', 'revoked']],
      [{ owner: { kind: 'account', id: user } }, ['account']],
      [{ owner, tenant, unrevoked: true }, ['early', 'late', 'never']],
      [{ owner, tenant, unrevoked: false }, ['early', 'late', 'never', 'revoked']],
      [{ owner, tenant, expiresBy: 199 }, ['early']],
      [{ owner, tenant, expiresBy: 200 }, ['early', 'late']],
      [{ owner, tenant, expiresAfter: 99 }, ['early', 'late']],
      [{ owner, tenant, expiresAfter: 100 }, ['late']],
      [{ owner, tenant, expiresAfter: 100, expiresBy: 199 }, []],
      [{ owner, tenant, idleSince: 9 }, []],
      [{ owner, tenant, idleSince: 10 }, ['late', 'revoked']],
      [{ owner, tenant, idleSince: 59 }, ['late', 'revoked', 'never']],
      [{ owner, tenant, idleSince: 60, unrevoked: true }, ['late', 'never', 'early']],
    ]
    for (const [filter, expected] of cases) {
      const listed = await pageThrough(store, 'token', filter, 2)
      equal(sorted(listed), sorted(expected.map((name) => ids[name])), `tokens with ${JSON.stringify(filter)}`)
    }
  }),

  contractCase('narrows lists of accounts, clients and grants', async ({ store, fresh, put }) => {
    const [tenant, subject, client] = [fresh('ws'), fresh('u'), fresh('client')]
    const [active, deleted, user] = [fresh(), fresh(), fresh()]
    await put('account', active, { type: 'account', tenant })
    await put('account', deleted, { type: 'account', tenant, status: 'deleted' })
    await put('account', user, { type: 'user', tenant })
    await put('client', client, { tenant })
    const grants = { ours: fresh(), theirs: fresh(), elsewhere: fresh(), itself: fresh() }
    await put('grant', grants.ours, { subject, client, tenant })
    await put('grant', grants.theirs, { subject: fresh('u'), client, tenant })
    await put('grant', grants.elsewhere, { subject, client: fresh('client') })
    await put('grant', grants.itself, { subject: null, client })

    const accounts = (filter: Filters['account']) => pageThrough(store, 'account', { ...filter, tenant }, 2)
    equal(sorted(await accounts({})), sorted([active, deleted, user]), 'the accounts of a tenant')
    equal(sorted(await accounts({ type: 'account' })), sorted([active, deleted]), 'the service accounts')
    equal(await accounts({ type: 'account', undeleted: true }), [active], 'those that were not deleted')
    equal(await pageThrough(store, 'client', { tenant }, 2), [client], 'the clients of a tenant')
    const listed = async (filter: Filters['grant']) => sorted(await pageThrough(store, 'grant', filter, 2))
    equal(await listed({ subject }), sorted([grants.ours, grants.elsewhere]), 'the grants of a subject')
    equal(await listed({ client }), sorted([grants.ours, grants.theirs, grants.itself]), 'the grants of a client')
    equal(await listed({ client, tenant, subject }), [grants.ours], 'one grant')
  }),

  contractCase('keeps an audit trail that can be read by record, owner, actor and tenant', async (world) => {
    const { store, fresh, make, makeEvent } = world
    const [token, tenant] = [fresh('token'), fresh('ws')]
    const owner = { kind: 'user', id: fresh('u') } as const
    const by = { kind: 'user', id: fresh('u') } as const
    const first = makeEvent({ about: token, tenant, owner, by })
    const second = makeEvent({ about: token, tenant, owner, by: { ...by, kind: 'token' }, type: 'token.revoked' })
    const { owner: _, tenant: __, ...bare } = makeEvent({ about: fresh('other'), by })
    const record = make('token')
    await store.write('token', token, 0, record, { event: first })
    await store.write('token', token, 1, record, { event: second })
    await store.write('token', fresh('token'), 0, record, { event: bare })

    const trail = async (filter: Filters['event']) => (await store.list('event', filter, { limit: 5 })).items
    equal(await trail({ about: token }), [second, first], 'the events about a token')
    equal(await trail({ owner }), [second, first], 'the events of an owner')
    equal(await trail({ tenant }), [second, first], 'the events of a tenant')
    equal(await trail({ by }), [bare, first], 'the events by an actor')
    equal(await trail({ by: { ...by, kind: 'token' }, about: token }), [second], 'the events by a token about one')
    equal(await pageThrough(store, 'event', { owner }, 1), [second.id, first.id], 'the trail in pages of 1')
    await store.write('token', token, 2, null)
    equal(await trail({ about: token }), [second, first], 'the events about a token that has been removed')
  }),
]
