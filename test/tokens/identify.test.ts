import { system, type TokenStore, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import { stores } from '../support/stores.js'
import { alice, codeOf, draft, replaceAt, world } from '../support/world.js'

describe.each(stores)('identify on $name', ({ make }) => {
  it('says whose secret it is however the token stands, and counts as no use', async () => {
    const w = await world(make, { uniqueNames: false })
    const { secret, token } = await w.tokens.issue({ ...draft, expiresIn: '1d', networks: ['10.0.0.0/8'] })
    const seen = async () => {
      const found = await w.tokens.identify(secret.reveal())
      return [found?.token.id, found?.token.status, found?.ended]
    }
    expect(await seen()).toEqual([token.id, 'active', false])
    expect(await w.tokens.identify(secret)).toMatchObject({ token: { id: token.id, use: null } })
    await w.tokens.pause(token.id, { by: alice })
    expect(await seen()).toEqual([token.id, 'paused', false])
    await w.accounts.suspend(user('alice'), { by: system })
    expect(await seen()).toEqual([token.id, 'owner_inactive', false])
    await w.accounts.resume(user('alice'), { by: system })
    w.clock.advance('2d')
    expect(await seen()).toEqual([token.id, 'expired', true])
    await w.tokens.revoke(token.id, { by: alice })
    expect(await seen()).toEqual([token.id, 'revoked', true])
    await w.tokens.flush()
    expect((await w.tokens.list({ owner: user('alice') })).items[0]?.use).toBeNull()
    expect(w.told('token.refused')).toEqual([])
  })

  it('knows the secret before the last rotation, and when it ended', async () => {
    const w = await world(make)
    const first = await w.tokens.issue(draft)
    const second = await w.tokens.rotate(first.token.id, { by: alice, overlap: '1h' })
    expect(await w.tokens.identify(first.secret)).toMatchObject({ ended: false, token: { generation: 2 } })
    w.clock.advance('1h')
    expect(await w.tokens.identify(first.secret)).toMatchObject({ ended: true, token: { status: 'active' } })
    expect(await w.tokens.identify(second.secret)).toMatchObject({ ended: false })
    await w.tokens.rotate(first.token.id, { by: alice })
    expect(await w.tokens.identify(first.secret)).toBeUndefined()
  })

  it('A1.3 knows nothing of what is no secret of a token, whatever it is', async () => {
    const w = await world(make)
    const [one, two] = [await w.tokens.issue(draft), await w.tokens.issue({ ...draft, name: 'two' })]
    const text = one.secret.reveal()
    const id = one.token.id.length
    const mixed = text.slice(0, id) + two.secret.reveal().slice(id)
    for (const odd of [undefined, null, 7, {}, '', one.token.id, replaceAt(text, 20), mixed])
      expect(await w.tokens.identify(odd)).toBeUndefined()
  })

  it('is unavailable where the store fails, and never an answer', async () => {
    let isAway = false
    const wrap = (store: TokenStore) => around(store, (_, run) => (isAway ? Promise.reject(new Error('away')) : run()))
    const w = await world(make, { wrap })
    const { secret } = await w.tokens.issue(draft)
    isAway = true
    expect(await codeOf(w.tokens.identify(secret))).toBe('unavailable')
    expect(await w.tokens.identify('acme')).toBeUndefined()
  })
})
