import { createAccounts, system, user } from 'tokenloop'
import { type Call, faultyStore, slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import { DOCUMENT, documentOf, web } from './documents.js'
import { CALLBACK, catalogue, type WorldOptions, world } from './support.js'

const METADATA = {
  redirect_uris: [CALLBACK],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
}

async function open(options: WorldOptions = {}) {
  const made = await world({ registration: { open: true }, ...options })
  const registered = async () => String((await made.register(METADATA)).body.client_id)
  const ids = async () => (await made.auth.clients.list()).items.map(({ id }) => id)
  /** Ends all that a user allowed. */
  const leave = (subject: string) =>
    createAccounts({ store: made.bare, catalogue }).cutOff(user(subject), { by: system })
  /** All pages. */
  const reap = async (limit = 100) => {
    let reaped = 0
    let cursor: string | undefined
    do {
      const page = await made.auth.clients.reap({ limit, ...(cursor && { cursor }) })
      reaped += page.reaped
      cursor = page.cursor
    } while (cursor !== undefined)
    return reaped
  }
  return { ...made, registered, ids, leave, reap }
}

describe('clients that nobody needs', () => {
  it('a client that nobody used goes with the sweep after days, one that was allowed something stays', async () => {
    const { registered, ids, connect, bare, clock, reap, auth } = await open()
    const [unused, used] = [await registered(), await registered()]
    expect((await auth.clients.get(unused)).keepUntil).toBe(clock.now() + 7 * 86_400_000)
    await connect(used)
    expect((await auth.clients.get(used)).keepUntil).toBeNull()
    clock.advance('6d')
    await bare.sweep(100)
    expect(await ids()).toHaveLength(2)
    clock.advance('1d')
    await bare.sweep(100)
    expect(await ids()).toEqual([used])
    expect(await reap()).toBe(0)
  })

  it('an idle one goes after months without a grant in force, and none while there is one', async () => {
    const { registered, ids, connect, clock, reap, leave, bare, events, publicClient } = await open()
    const [left, kept, byHand] = [await registered(), await registered(), await publicClient()]
    await connect(left)
    await connect(kept, {}, { session: 's', subject: 'bob', authTime: 0 })
    clock.advance('90d')
    await leave('alice')
    expect(await reap()).toBe(0)
    clock.advance('91d')
    const before = (await bare.changes(0, 100)).cursor
    expect(await reap(1)).toBe(1)
    expect((await ids()).sort()).toEqual([kept, byHand].sort())
    expect((await bare.changes(before, 100)).changes).toMatchObject([
      { kind: 'client', id: left, effect: 'ended', status: 'deleted' },
    ])
    expect(events.at(-1)).toMatchObject({ type: 'client.deleted', about: left, detail: { idle: true } })
    expect((await bare.get('client', kept)).record?.keepUntil).toBeNull()
    clock.advance('1000d')
    await bare.sweep(1000)
    expect((await bare.get('client', kept)).record?.status).toBe('active')
  })

  it('the grant of a user who is suspended keeps its client', async () => {
    const { registered, connect, clock, reap, bare, ids } = await open()
    const id = await registered()
    await connect(id)
    await createAccounts({ store: bare, catalogue }).suspend(user('alice'), { by: system })
    clock.advance('400d')
    expect(await reap()).toBe(0)
    expect(await ids()).toEqual([id])
  })

  it('what a crash left on notice is as good as before: it works, is kept by the next consent, and reaped by the next run', async () => {
    const { registered, connect, clock, reap, bare, ids, leave, auth } = await open()
    const [again, gone] = [await registered(), await registered()]
    await connect(again)
    await connect(gone)
    await leave('alice')
    clock.advance('200d')
    const crash = { point: 'before', method: 'list', when: ({ args }: Call) => args[0] === 'grant' } as const
    const stuck = await open({ store: bare, clock, wrap: (store) => faultyStore(store, { crash }) })
    await expect(stuck.reap()).rejects.toMatchObject({ code: 'unavailable' })
    const onNotice = async (id: string) => (await auth.clients.get(id)).keepUntil !== null
    await expect(stuck.auth.clients.reap({ limit: 1 })).rejects.toMatchObject({ code: 'unavailable' })
    expect([await onNotice(again), await onNotice(gone)]).toContain(true)
    clock.advance('30d')
    await bare.sweep(1000)
    expect(await ids()).toHaveLength(2)
    expect((await connect(again)).status).toBe(200)
    expect(await onNotice(again)).toBe(false)
    expect(await reap()).toBe(1)
    expect(await ids()).toEqual([again])
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'a consent at that very moment wins, or is refused: never a grant without its client (seed %i)',
    async (seed) => {
      const { registered, connect, clock, leave, bare, auth, asking, alice } = await open()
      for (let round = 0; round < 10; round++) {
        const id = await registered()
        await connect(id)
        await leave('alice')
        clock.advance('200d')
        const slow = await open({
          store: bare,
          clock,
          wrap: (store) => slowStore(store, { seed: seed * 100 + round, max: 4 }),
        })
        const ask = await auth.begin(asking(id).request, alice)
        if (ask.kind !== 'consent') throw new Error(ask.kind)
        const answer = { session: 's_1', subject: 'alice', approve: true }
        const [, decided] = await Promise.all([slow.reap(), slow.auth.decide(ask.handle, answer), slow.reap()])
        const { record } = await bare.get('client', id)
        expect(decided.ok).toBe(record !== undefined)
        if (decided.ok) expect(record).toMatchObject({ status: 'active', keepUntil: null })
        const live = (await bare.list('grant', { client: id }, { limit: 10 })).items.filter(
          ({ record: { epochs } }) => epochs.subject > round,
        )
        expect(live.length > 0 && record === undefined).toBe(false)
      }
    },
  )

  it('a consent that begins a grant anew goes through, though its client is changed before its code is kept', async () => {
    const { connect, leave, bare, clock, publicClient, auth } = await open()
    const id = await publicClient()
    await connect(id)
    await leave('alice')
    let isChanged = false
    const interrupted = await open({
      store: bare,
      clock,
      wrap: (store) =>
        around(store, async ({ method, args }, run) => {
          if (method === 'write' && args[0] === 'authorization' && !isChanged) {
            isChanged = true
            await auth.clients.update(id, { by: system, description: 'changed' })
          }
          return run()
        }),
    })
    expect((await interrupted.connect(id)).status).toBe(200)
    expect(isChanged).toBe(true)
  })

  it.each([1, 2, 3, 4])('so with the sweep of one that nobody used (seed %i)', async (seed) => {
    const { clock, bare, registered, auth, asking, alice } = await open()
    for (let round = 0; round < 10; round++) {
      const id = await registered()
      const ask = await auth.begin(asking(id).request, alice)
      if (ask.kind !== 'consent') throw new Error(ask.kind)
      clock.advance('7d')
      const slow = await open({
        store: bare,
        clock,
        lifetimes: { interaction: '8d' },
        wrap: (store) => slowStore(store, { seed: seed * 100 + round }),
      })
      const again = await slow.auth.begin(asking(id).request, alice)
      if (again.kind !== 'consent') throw new Error(again.kind)
      const [decided] = await Promise.all([
        slow.auth.decide(again.handle, { session: 's_1', subject: 'alice', approve: true }),
        slow.store.sweep(1000),
      ])
      const { record } = await bare.get('client', id)
      expect(decided.ok).toBe(record !== undefined)
      if (decided.ok) expect(record?.keepUntil).toBeNull()
    }
  })

  it('a client of a metadata document that was reaped comes back, and what hung on it before stays dead', async () => {
    const { fetch } = web({ [DOCUMENT]: { body: documentOf() } })
    const { connect, clock, leave, reap, post, auth, bare } = await open({ metadataDocuments: { fetch } })
    const { body } = await connect(DOCUMENT)
    await leave('alice')
    clock.advance('181d')
    expect(await reap()).toBe(1)
    expect((await bare.get('client', DOCUMENT)).record).toBeUndefined()
    expect((await connect(DOCUMENT)).status).toBe(200)
    expect((await auth.clients.get(DOCUMENT)).origin).toBe('document')
    const refresh = { grant_type: 'refresh_token', client_id: DOCUMENT, refresh_token: String(body.refresh_token) }
    expect((await post('/oauth/token', refresh)).status).toBe(400)
  })
})
