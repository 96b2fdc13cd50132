import { createTokens, system, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { ANYTHING } from '../core/support.js'
import { stores } from '../support/stores.js'
import { alice, answerOf, catalogue, codeOf, draft, replaceAt, resealed, START, world } from '../support/world.js'

describe.each(stores)('verify, on the $name store,', ({ make }) => {
  it('answers who acts, through what, with which scopes', async () => {
    const { tokens, clock } = await world(make)
    const { secret, token } = await tokens.issue({
      ...draft,
      tenant: 'ws_1',
      scopes: ['issues:write'],
      roles: ['Reader'],
      expiresIn: '30d',
      metadata: { team: 'core' },
    })
    clock.advance('1d')
    expect(await tokens.verify(secret.reveal(), { scopes: ['issues:read'] })).toEqual({
      ok: true,
      principal: {
        kind: 'token',
        tokenId: token.id,
        name: 'ci',
        owner: { kind: 'user', id: 'alice' },
        tenant: 'ws_1',
        scopes: ['issues:read', 'issues:write'],
        roles: ['Reader'],
        generation: 1,
        expiresAt: START + 30 * 86_400_000,
        deprecatedUntil: null,
        metadata: { team: 'core' },
      },
      freshness: 'immediate',
      limits: [],
    })
  })

  it('A1.1 answers malformed to whatever is no text, and to every text that is no token', async () => {
    const { tokens } = await world(make)
    for (const value of ANYTHING) {
      expect(await tokens.verify(value), String(typeof value)).toEqual({ ok: false, reason: 'malformed' })
    }
  })

  it('A1.3 answers unknown to a changed secret with the right checksum, in the very words of an unknown id', async () => {
    const { tokens } = await world(make)
    const text = (await tokens.issue(draft)).secret.reveal()
    const wrongSecret = resealed(text, (body) => replaceAt(body, body.length - 1))
    const unknownId = resealed(text, (body) => replaceAt(body, 4))
    expect(await tokens.verify(wrongSecret)).toEqual({ ok: false, reason: 'unknown' })
    expect(await tokens.verify(unknownId)).toEqual(await tokens.verify(wrongSecret))
  })

  it('A1.4 accepts no token that is cut short, whatever its checksum', async () => {
    const { tokens } = await world(make)
    const text = (await tokens.issue(draft)).secret.reveal()
    for (let length = 0; length < text.length; length++) {
      expect(await tokens.verify(text.slice(0, length))).toMatchObject({ ok: false, reason: 'malformed' })
      expect(await tokens.verify(resealed(text.slice(0, length), (body) => body))).toMatchObject({ ok: false })
    }
  })

  it('A1.6 accepts no other case and no look-alikes', async () => {
    const { tokens } = await world(make)
    const text = (await tokens.issue(draft)).secret.reveal()
    const wide = text.replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0))
    for (const other of [text.toUpperCase(), text.toLowerCase(), wide, ` ${text}`, `${text}\n`, `${text}\0`]) {
      expect(await tokens.verify(other)).toEqual({ ok: false, reason: 'malformed' })
    }
    for (const cased of [(body: string) => body.toUpperCase(), (body: string) => body.toLowerCase()]) {
      const other = resealed(text, (body) => body.slice(0, 3) + cased(body.slice(3)))
      expect(await tokens.verify(other)).toEqual({ ok: false, reason: 'unknown' })
    }
  })

  it('A1.7 does not accept the id of one token with the secret of another of the same owner', async () => {
    const { tokens } = await world(make)
    const a = await tokens.issue(draft)
    const b = await tokens.issue(draft)
    const mixed = resealed(b.secret.reveal(), (body) => a.token.id + body.slice(a.token.id.length))
    expect(await tokens.verify(mixed)).toEqual({ ok: false, reason: 'unknown' })
  })

  it('A1.8 does not accept a token of another environment, nor one whose prefix was exchanged', async () => {
    const { tokens, store } = await world(make, { prefix: 'acme_live' })
    const test = createTokens({ store, catalogue, prefix: 'acme_test' })
    const text = (await test.issue(draft)).secret.reveal()
    expect(await tokens.verify(text)).toEqual({ ok: false, reason: 'malformed' })
    const disguised = resealed(text, (body) => body.replace('acme_test', 'acme_live'))
    expect(await tokens.verify(disguised)).toEqual({ ok: false, reason: 'unknown' })
  })

  it('A1.9 does not accept what is no longer, or shorter, than a token of its kind', async () => {
    const { tokens } = await world(make)
    const text = (await tokens.issue(draft)).secret.reveal()
    for (const change of [(body: string) => `${body}a`, (body: string) => body.slice(0, -1)]) {
      expect(await tokens.verify(resealed(text, change))).toEqual({ ok: false, reason: 'malformed' })
    }
  })

  it('A1.19 does not accept a token that another instance made under another prefix, over the same store', async () => {
    const { tokens, store } = await world(make)
    const others = createTokens({ store, catalogue, prefix: 'other', formerPrefixes: ['ancient'] })
    const text = (await others.issue(draft)).secret.reveal()
    expect(await answerOf({ tokens: others }, text)).toBe('ok')
    expect(await answerOf({ tokens }, text)).toBe('malformed')
    expect(await answerOf({ tokens: others }, (await tokens.issue(draft)).secret.reveal())).toBe('malformed')
  })

  it('takes the secret of an issue as it was handed out, and what only looks like one for nothing', async () => {
    const { tokens } = await world(make)
    const { secret, token } = await tokens.issue(draft)
    expect(await tokens.verify(secret)).toMatchObject({ ok: true, principal: { tokenId: token.id } })
    expect(await tokens.verify({ reveal: () => secret.reveal() })).toEqual({ ok: false, reason: 'malformed' })
    await tokens.revoke(token.id, { by: alice })
    expect(await tokens.verify(secret)).toEqual({ ok: false, reason: 'revoked' })
  })

  it('A1.21 does not accept the digest that is stored as the secret, nor the public id', async () => {
    const { tokens, bare } = await world(make)
    const { token, secret } = await tokens.issue(draft)
    const { record } = await bare.get('token', token.id)
    const hash = record?.digest.hash ?? ''
    expect(hash).toHaveLength(43)
    const letters = hash.replaceAll(/[-_]/g, '0')
    const asVerifier = resealed(secret.reveal(), () => token.id + letters.slice(0, 27))
    expect(await answerOf({ tokens }, hash)).toBe('malformed')
    expect(await answerOf({ tokens }, token.id)).toBe('malformed')
    expect(await answerOf({ tokens }, asVerifier)).toBe('unknown')
  })

  it('A1.22 has no secret but its own: there is no way to bring one', async () => {
    const { tokens } = await world(make)
    for (const brought of [{ secret: 'password1' }, { id: 'sl_password1aa' }]) {
      expect(await codeOf(tokens.issue({ ...draft, ...brought }))).toBe('invalid_option')
    }
    expect((await tokens.list()).items).toEqual([])
    expect(await answerOf({ tokens }, 'password1')).toBe('malformed')
  })

  it('A1.11 takes a token as expired from the very millisecond on that it expires', async () => {
    const { tokens, clock } = await world(make)
    const text = (await tokens.issue({ ...draft, expiresAt: START + 10_000 })).secret.reveal()
    clock.set(START + 9_999)
    expect(await answerOf({ tokens }, text)).toBe('ok')
    clock.set(START + 10_000)
    expect(await answerOf({ tokens }, text)).toBe('expired')
    clock.set(START + 11_000)
    expect(await answerOf({ tokens }, text)).toBe('expired')
  })

  it('takes a token from the very millisecond on from which it may be used', async () => {
    const { tokens, clock } = await world(make)
    const text = (await tokens.issue({ ...draft, notBefore: new Date(START + 10_000) })).secret.reveal()
    clock.set(START + 9_999)
    expect(await answerOf({ tokens }, text)).toBe('not_yet')
    clock.set(START + 10_000)
    expect(await answerOf({ tokens }, text)).toBe('ok')
  })

  it('demands every scope that is needed, and says which ones were', async () => {
    const { tokens } = await world(make)
    const read = (await tokens.issue(draft)).secret.reveal()
    const needed = ['issues:read', 'issues:write'] as const
    expect(await tokens.verify(read, { scopes: ['issues:read'] })).toMatchObject({ ok: true })
    expect(await tokens.verify(read, { scopes: needed })).toEqual({ ok: false, reason: 'insufficient_scope', needed })
  })

  it('takes a token without scopes for nothing but what needs none', async () => {
    const { tokens } = await world(make)
    const none = (await tokens.issue({ ...draft, scopes: [] })).secret.reveal()
    expect(await tokens.verify(none, { scopes: ['issues:read'] })).toMatchObject({ reason: 'insufficient_scope' })
    expect(await tokens.verify(none)).toMatchObject({ ok: true, principal: { scopes: [] } })
  })

  it('resolves roles as they are when it checks, scopes as they were given', async () => {
    const { tokens, store } = await world(make)
    const text = (await tokens.issue({ ...draft, scopes: [], roles: ['Reader'] })).secret.reveal()
    const { defineCatalogue } = await import('tokenloop')
    const later = defineCatalogue(
      { 'issues:read': { description: 'r' }, 'issues:write': { description: 'w' } },
      { roles: { Reader: ['issues:write'] } },
    )
    const upgraded = createTokens({ store, catalogue: later, prefix: 'sl' })
    expect(await tokens.verify(text)).toMatchObject({ principal: { scopes: ['issues:read'] } })
    expect(await upgraded.verify(text)).toMatchObject({ principal: { scopes: ['issues:write'] } })
  })

  it('A3.7 tells the host why, and whoever does not have the secret nothing but unknown', async () => {
    const { tokens, accounts, clock } = await world(make)
    const issue = async (more = {}) => (await tokens.issue({ ...draft, ...more })).secret.reveal()
    const id = (text: string) => text.slice(0, 14)
    const revoked = await issue()
    await tokens.revoke(id(revoked), { by: alice })
    const paused = await issue()
    await tokens.pause(id(paused), { by: alice })
    const early = await issue({ notBefore: START + 10 ** 9 })
    const suspended = await issue({ owner: user('bob') })
    await accounts.suspend(user('bob'), { by: system })
    const expired = await issue({ expiresIn: '1h' })
    clock.advance('1h')

    const reasons = { revoked, paused, not_yet: early, owner_inactive: suspended, expired }
    for (const [reason, text] of Object.entries(reasons)) {
      expect(await tokens.verify(text)).toEqual({ ok: false, reason })
      const guessed = resealed(text, (body) => replaceAt(body, 20))
      expect(await tokens.verify(guessed)).toEqual({ ok: false, reason: 'unknown' })
    }
  })

  it('goes on accepting tokens of former prefixes, and makes none with them', async () => {
    const { tokens, store } = await world(make, { prefix: 'old' })
    const text = (await tokens.issue(draft)).secret.reveal()
    const renamed = createTokens({ store, catalogue, prefix: 'sk_live', formerPrefixes: ['old'] })
    expect(await answerOf({ tokens: renamed }, text)).toBe('ok')
    expect((await renamed.issue(draft)).secret.reveal()).toMatch(/^sk_live_[0-9A-Za-z]{44}$/)
  })

  it('tells a programmer what is wrong with the input, for that is no matter of the request', async () => {
    const { tokens } = await world(make)
    const text = (await tokens.issue(draft)).secret.reveal()
    // @ts-expect-error a list is needed
    expect(await codeOf(tokens.verify(text, { scopes: 'issues:read' }))).toBe('invalid_input')
    // @ts-expect-error not in the catalogue
    expect(await tokens.verify(text, { scopes: ['issues:raed'] })).toMatchObject({ reason: 'insufficient_scope' })
  })
})
