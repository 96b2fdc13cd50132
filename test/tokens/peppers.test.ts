import { createTokens, type TokenStore } from 'tokenloop'
import { faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, answerOf, catalogue, draft, interposed, world } from '../support/world.js'

const pepper = (id: string, fill = id.charCodeAt(0)) => ({ id, key: new Uint8Array(32).fill(fill) })

describe.each(stores)('peppers, on the $name store,', ({ make }) => {
  const over = (store: TokenStore, ...peppers: ReturnType<typeof pepper>[]) =>
    createTokens({ store, catalogue, prefix: 'sl', peppers })

  const setting = async (...peppers: ReturnType<typeof pepper>[]) => {
    const here = await world(make, { peppers })
    const { secret, token } = await here.tokens.issue(draft)
    const kept = async () => (await here.bare.get('token', token.id)).record?.digest
    return { ...here, token, text: secret.reveal(), kept }
  }

  it('are added, exchanged and dropped while tokens go on working: use brings each under the first', async () => {
    const { tokens, text, kept, store } = await setting()
    const plain = await kept()
    expect(plain?.pepper).toBeNull()

    const one = over(store, pepper('a'))
    expect(await answerOf({ tokens: one }, text)).toBe('ok')
    expect(await kept()).toEqual(plain) // verify writes nothing
    await one.flush()
    expect(await kept()).toMatchObject({ pepper: 'a' })
    expect(await answerOf({ tokens: one }, text)).toBe('ok')
    expect(await answerOf({ tokens }, text)).toBe('unknown')

    const two = over(store, pepper('b'), pepper('a'))
    expect(await answerOf({ tokens: two }, text)).toBe('ok')
    await two.flush()
    expect(await kept()).toMatchObject({ pepper: 'b' })

    const last = over(store, pepper('b'))
    expect(await answerOf({ tokens: last }, text)).toBe('ok')
    expect(await answerOf({ tokens: one }, text)).toBe('unknown')
  })

  it('that were dropped take their tokens with them, and another key under the same id opens nothing', async () => {
    const { text, store } = await setting(pepper('a'))
    expect(await answerOf({ tokens: over(store, pepper('b')) }, text)).toBe('unknown')
    expect(await answerOf({ tokens: over(store, pepper('a', 9)) }, text)).toBe('unknown')
    expect(await answerOf({ tokens: over(store) }, text)).toBe('unknown')
    expect(await answerOf({ tokens: over(store, pepper('b'), pepper('a')) }, text)).toBe('ok')
  })

  it('a token that is under the first already is written by no flush', async () => {
    const { tokens, text, token, bare } = await setting(pepper('a'))
    const { version } = await bare.get('token', token.id)
    await answerOf({ tokens }, text)
    await tokens.flush()
    expect((await bare.get('token', token.id)).version).toBe(version)
  })

  it('a refused check brings nothing under the first', async () => {
    const { tokens, text, token, store, kept } = await setting()
    await tokens.pause(token.id, { by: alice })
    const one = over(store, pepper('a'))
    expect(await answerOf({ tokens: one }, text)).toBe('paused')
    await one.flush()
    expect(await kept()).toMatchObject({ pepper: null })
  })

  it('the change depends on the old digest: what was rotated or revoked meanwhile stays as it is', async () => {
    const { tokens, text, token, store, kept, bare } = await setting()
    const one = over(store, pepper('a'))
    await answerOf({ tokens: one }, text)
    const next = await tokens.rotate(token.id, { by: alice, overlap: '1h' })
    const rotated = await kept()
    await one.flush()
    expect(await kept()).toEqual(rotated)
    expect(await answerOf({ tokens }, next.secret.reveal())).toBe('ok')

    await answerOf({ tokens: one }, next.secret.reveal())
    await tokens.revoke(token.id, { by: alice })
    const { version } = await bare.get('token', token.id)
    await one.flush()
    expect(await bare.get('token', token.id)).toMatchObject({ version, record: { digest: rotated } })
  })

  it('the change loses to a revocation that comes between its read and its write', async () => {
    const { tokens, text, token, store, bare } = await setting()
    const busy = interposed(store, 'write', () => tokens.revoke(token.id, { by: alice }))
    const one = over(busy, pepper('a'))
    expect(await answerOf({ tokens: one }, text)).toBe('ok')
    await one.flush()
    expect((await bare.get('token', token.id)).record).toMatchObject({ digest: { pepper: null }, revoked: {} })
    expect(await answerOf({ tokens: one }, text)).toBe('revoked')
  })

  it('a secret that overlaps is accepted under any of them, and is never made current again', async () => {
    const { tokens, text, token, store, kept, bare } = await setting()
    const next = await tokens.rotate(token.id, { by: alice, overlap: '1h' })
    const one = over(store, pepper('a'))
    expect(await answerOf({ tokens: one }, text)).toBe('ok')
    const before = await bare.get('token', token.id)
    await one.flush()
    expect(await bare.get('token', token.id)).toEqual(before)
    expect(await answerOf({ tokens: one }, next.secret.reveal())).toBe('ok')
    await one.flush()
    expect(await kept()).toMatchObject({ pepper: 'a' })
    expect(await answerOf({ tokens: one }, text)).toBe('ok')
    expect(await answerOf({ tokens: one }, next.secret.reveal())).toBe('ok')
  })

  it('no more wait than the buffer holds, and none once it is closed; the others come with their next use', async () => {
    const { tokens, store, bare } = await world(make)
    const issued = [await tokens.issue(draft), await tokens.issue(draft)]
    const one = createTokens({ store, catalogue, prefix: 'sl', peppers: [pepper('a')], use: { most: 1 } })
    const rehashed = async () => {
      const reads = await Promise.all(issued.map(({ token }) => bare.get('token', token.id)))
      return reads.map(({ record }) => record?.digest.pepper)
    }
    const useBoth = async () => {
      for (const { secret } of issued) expect(await answerOf({ tokens: one }, secret.reveal())).toBe('ok')
    }
    await useBoth()
    await one.flush()
    expect(await rehashed()).toEqual(['a', null])
    await one.close()
    await useBoth()
    await one.flush()
    expect(await rehashed()).toEqual(['a', null])
  })

  it('a store that fails only then fails no flush, and the next use brings the token under the first', async () => {
    const { text, store, kept } = await setting()
    const faulty = faultyStore(store, { write: { point: 'before', method: 'write', nth: 1 } })
    const one = over(faulty, pepper('a'))
    await answerOf({ tokens: one }, text)
    await one.flush()
    expect(faulty.struck('write')).toBe(1)
    expect(await kept()).toMatchObject({ pepper: null })
    await answerOf({ tokens: one }, text)
    await one.flush()
    expect(await kept()).toMatchObject({ pepper: 'a' })
  })

  it('a flush that fails before keeps it for the next one, with the use', async () => {
    const { text, store, kept } = await setting()
    const one = over(faultyStore(store, { touch: { point: 'before', method: 'touch', nth: 1 } }), pepper('a'))
    await answerOf({ tokens: one }, text)
    await expect(one.flush()).rejects.toMatchObject({ code: 'unavailable' })
    await one.flush()
    expect(await kept()).toMatchObject({ pepper: 'a' })
  })

  it('a token that is gone when its turn comes does no harm', async () => {
    const { text, token, store, bare } = await setting()
    const one = over(store, pepper('a'))
    await answerOf({ tokens: one }, text)
    const { version } = await bare.get('token', token.id)
    await bare.write('token', token.id, version, null)
    await one.flush()
    expect((await bare.get('token', token.id)).record).toBeUndefined()
  })
})
