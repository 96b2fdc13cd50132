import { createTokens } from 'tokenloop'
import { countingStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, catalogue, draft, replaceAt, resealed, world } from '../support/world.js'

describe.each(stores)('a store that counts, over the $name store:', ({ make }) => {
  const counted = async (options: object = {}) => {
    const here = await world(make, { wrap: countingStore, ...options })
    const store = here.store as ReturnType<typeof countingStore>
    const { secret, token } = await here.tokens.issue({ ...draft, tenant: 'ws_1' })
    store.reset()
    return { ...here, store, token, text: secret.reveal() }
  }

  it('a check is one call and no write, accepted or refused', async () => {
    const { tokens, store, text, token } = await counted({ ownerActive: { check: () => true, maxStaleness: '1m' } })
    for (const check of [
      () => tokens.verify(text, { scopes: ['issues:read'], ip: '192.0.2.1' }),
      () => tokens.verify(text, { scopes: ['workspace:admin'] }),
      () => tokens.verify(resealed(text, (body) => replaceAt(body, 5))),
      () => tokens.verify(resealed(text, (body) => replaceAt(body, 20))),
    ]) {
      store.reset()
      await check()
      expect(store.calls).toMatchObject({ getWith: 1 })
      expect(store).toMatchObject({ total: 1, writes: 0 })
    }
    await tokens.revoke(token.id, { by: alice, within: { tenant: 'ws_1' } })
    store.reset()
    await tokens.verify(text)
    expect(store).toMatchObject({ total: 1, writes: 0 })
  })

  it('A1.2 a mistyped token is no call: one character wrong, anywhere', async () => {
    const { tokens, store, text } = await counted()
    for (let at = 0; at < text.length; at++) {
      expect(await tokens.verify(replaceAt(text, at))).toEqual({ ok: false, reason: 'malformed' })
    }
    for (const garbage of ['', 'x', undefined, `${text}x`, 'sk_live_abc', 'x'.repeat(100_000)])
      await tokens.verify(garbage)
    expect(store.total).toBe(0)
  })

  it('a token with limits is two calls, and one where it is refused before they count', async () => {
    const { tokens, store } = await counted()
    const { secret } = await tokens.issue({
      ...draft,
      limits: [
        { name: 'a', limit: 1 },
        { name: 'b', limit: 1 },
      ],
    })
    store.reset()
    await tokens.verify(secret.reveal())
    expect(store.calls).toMatchObject({ getWith: 1, spend: 1 })
    expect(store.total).toBe(2)
    store.reset()
    await tokens.verify(secret.reveal(), { scopes: ['workspace:admin'] })
    expect(store.total).toBe(1)
  })

  it('a token under an older pepper is no more than that: what is to be written waits for the flush', async () => {
    const { store, text } = await counted()
    const tokens = createTokens({ store, catalogue, prefix: 'sl', peppers: [{ id: 'p', key: new Uint8Array(32) }] })
    for (let i = 0; i < 10; i++) await tokens.verify(text)
    expect(store).toMatchObject({ total: 10, writes: 0 })
    await tokens.flush()
    expect(store.calls).toMatchObject({ touch: 1, get: 1, write: 1 })
  })

  it('an issue is three calls at the most, a change two, whatever the token hangs on', async () => {
    const { tokens, store, token } = await counted()
    const within = { tenant: 'ws_1' }
    const cost = async (work: () => Promise<unknown>) => {
      store.reset()
      await work()
      return [store.total, store.writes]
    }
    expect(await cost(() => tokens.issue(draft))).toEqual([2, 1])
    expect(await cost(() => tokens.issue({ ...draft, tenant: 'ws_1' }))).toEqual([3, 1])
    expect(await cost(() => tokens.update(token.id, { by: alice, within, name: 'x' }))).toEqual([2, 1])
    expect(await cost(() => tokens.rotate(token.id, { by: alice, within }))).toEqual([2, 1])
    expect(await cost(() => tokens.revoke(token.id, { by: alice, within }))).toEqual([2, 1])
    expect(await cost(() => tokens.revokeAll({ by: alice, owner: draft.owner }))).toEqual([2, 1])
    // The record, and its use, which is kept apart from it.
    expect(await cost(() => tokens.get(token.id))).toEqual([2, 0])
    expect(await cost(() => tokens.list({ tenant: 'ws_1' }))).toEqual([1, 0])
  })
})
