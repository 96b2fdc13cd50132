import { createTokens, Secret, type TokenStore, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, answerOf, bob, catalogue, codeOf, draft, world } from '../support/world.js'

const key = (id: string, fill = id.charCodeAt(0)) => ({ id, key: new Uint8Array(32).fill(fill) })

describe.each(stores)('reveal, on the $name store,', ({ make }) => {
  const over = (store: TokenStore, ...sealWith: ReturnType<typeof key>[]) =>
    createTokens({ store, catalogue, prefix: 'sl', ...(sealWith.length > 0 && { sealWith }) })

  it('LP2 shows a secret again where the host keeps it sealed, and the audit trail says who saw it', async () => {
    const { tokens } = await world(make, { sealWith: [key('a')] })
    const { token, secret } = await tokens.issue(draft)
    expect(token.revealable).toBe(true)
    const shown = await tokens.reveal(token.id, { by: alice })
    expect(shown).toBeInstanceOf(Secret)
    expect(shown.reveal()).toBe(secret.reveal())
    await tokens.reveal(token.id, { by: bob, within: { owner: user('alice') } })
    const seen = (await tokens.audit({ token: token.id })).items.filter(({ type }) => type === 'token.revealed')
    expect(seen.map(({ by }) => by.id)).toEqual(['bob', 'alice'])
    expect(await tokens.get(token.id)).toEqual(token)
  })

  it('SL4 shows nothing where secrets are not kept', async () => {
    const { tokens, store } = await world(make)
    const { token } = await tokens.issue(draft)
    expect(token.revealable).toBe(false)
    expect(await codeOf(tokens.reveal(token.id, { by: alice }))).toBe('not_sealed')
    expect(await codeOf(over(store, key('a')).reveal(token.id, { by: alice }))).toBe('not_sealed')
    expect((await tokens.audit()).items).toHaveLength(1)
  })

  it('shows what a rotation gave, and never what it replaced', async () => {
    const { tokens } = await world(make, { sealWith: [key('a')] })
    const { token } = await tokens.issue(draft)
    const next = await tokens.rotate(token.id, { by: alice, overlap: '1d' })
    expect((await tokens.reveal(token.id, { by: alice })).reveal()).toBe(next.secret.reveal())
  })

  it('shows nothing any more once a rotation took place where secrets are not kept', async () => {
    const { tokens, store } = await world(make, { sealWith: [key('a')] })
    const { token } = await tokens.issue(draft)
    const next = await over(store).rotate(token.id, { by: alice })
    expect(next.token.revealable).toBe(false)
    expect(await codeOf(tokens.reveal(token.id, { by: alice }))).toBe('not_sealed')
  })

  it('is for those who have what the token allows', async () => {
    const { tokens } = await world(make, { sealWith: [key('a')] })
    const { token } = await tokens.issue({ ...draft, scopes: ['issues:write'] })
    const weak = user('alice', { scopes: ['issues:read'] })
    expect(await codeOf(tokens.reveal(token.id, { by: weak }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.reveal(token.id, { by: user('alice') }))).toBe('scope_not_allowed')
    expect(await codeOf(tokens.reveal(token.id, { by: bob }))).toBe('not_found')
  })

  it('opens with any key of the ring, seals with the first, and with a wrong or missing one shows nothing', async () => {
    const { tokens, store } = await world(make, { sealWith: [key('a')] })
    const { token, secret } = await tokens.issue(draft)
    const both = over(store, key('b'), key('a'))
    expect((await both.reveal(token.id, { by: alice })).reveal()).toBe(secret.reveal())
    const later = await both.issue(draft)
    expect(await codeOf(tokens.reveal(later.token.id, { by: alice }))).toBe('not_sealed')
    expect((await over(store, key('b')).reveal(later.token.id, { by: alice })).reveal()).toBe(later.secret.reveal())
    expect(await codeOf(over(store, key('a', 9)).reveal(token.id, { by: alice }))).toBe('not_sealed')
    expect(await codeOf(over(store).reveal(token.id, { by: alice }))).toBe('not_sealed')
    const unseen = (await tokens.audit({ token: token.id })).items.filter(({ type }) => type === 'token.revealed')
    expect(unseen).toHaveLength(1)
  })

  it('does not open what was exchanged between rows, nor what was changed in one', async () => {
    const { tokens, bare } = await world(make, { sealWith: [key('a')] })
    const a = await tokens.issue(draft)
    const b = await tokens.issue(draft)
    const read = await bare.get('token', a.token.id)
    const other = await bare.get('token', b.token.id)
    if (!read.record?.sealed || !other.record?.sealed) throw new Error('nothing was sealed')
    const { sealed } = read.record
    let { version } = read
    const forged = [
      other.record.sealed,
      { ...sealed, box: sealed.box.slice(0, -4) + (sealed.box.endsWith('AAAA') ? 'BBBB' : 'AAAA') },
      { ...sealed, nonce: other.record.sealed.nonce },
      { ...sealed, key: 'b' },
    ]
    for (const wrong of forged) {
      await bare.write('token', a.token.id, version++, { ...read.record, sealed: wrong })
      expect(await codeOf(tokens.reveal(a.token.id, { by: alice }))).toBe('not_sealed')
    }
    expect(await answerOf({ tokens }, a.secret.reveal())).toBe('ok')
  })

  it('CL5 a revocation forgets the secret and frees the name', async () => {
    const { tokens, bare } = await world(make, { sealWith: [key('a')], uniqueNames: true })
    const { token } = await tokens.issue(draft)
    expect((await tokens.revoke(token.id, { by: alice })).revealable).toBe(false)
    expect((await bare.get('token', token.id)).record).toMatchObject({ sealed: null, predecessor: null, unique: null })
  })
})
