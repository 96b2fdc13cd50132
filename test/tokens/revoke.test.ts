import { account, createTokens, system, tenant, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, answerOf, bob, catalogue, codeOf, draft, START, world } from '../support/world.js'

describe.each(stores)('revoke, on the $name store,', ({ make }) => {
  it('CL5 ends a token for good, says when, by whom and why, and keeps it listed', async () => {
    const { tokens, clock } = await world(make)
    const { token, secret } = await tokens.issue(draft)
    clock.advance('1h')
    const revoked = await tokens.revoke(token.id, { by: alice, reason: 'leaked in a log' })
    expect(revoked).toEqual({
      ...token,
      status: 'revoked',
      revoked: { at: START + 3_600_000, by: { kind: 'user', id: 'alice' }, reason: 'leaked in a log' },
    })
    expect(await answerOf({ tokens }, secret.reveal())).toBe('revoked')
    expect((await tokens.list()).items).toEqual([revoked])
    for (const change of ['update', 'rotate', 'pause', 'resume', 'reveal'] as const) {
      expect(await codeOf(tokens[change](token.id, { by: system }))).toBe('ended')
    }
  })

  it('A1.13 stays so for whoever starts anew over the same store', async () => {
    const { tokens, store } = await world(make)
    const { token, secret } = await tokens.issue(draft)
    await tokens.revoke(token.id, { by: alice })
    expect(await answerOf({ tokens }, secret.reveal())).toBe('revoked')
    const restarted = createTokens({ store, catalogue, prefix: 'sl' })
    expect(await answerOf({ tokens: restarted }, secret.reveal())).toBe('revoked')
  })

  it('again changes nothing: when, by whom and why stay as they were', async () => {
    const { tokens, clock } = await world(make)
    const { token } = await tokens.issue(draft)
    const first = await tokens.revoke(token.id, { by: alice, reason: 'mine' })
    clock.advance('1d')
    expect(await tokens.revoke(token.id, { by: system, reason: 'another' })).toEqual(first)
    expect((await tokens.audit({ token: token.id })).items).toHaveLength(2)
  })

  it('may say why, in a text that logs and databases can keep', async () => {
    const { tokens } = await world(make)
    const { token } = await tokens.issue(draft)
    for (const reason of ['', 'a\nb', '\0', 'x'.repeat(501), 7, null]) {
      // @ts-expect-error what is wrong with some of them
      expect(await codeOf(tokens.revoke(token.id, { by: alice, reason }))).toBe('invalid_input')
    }
    expect((await tokens.revoke(token.id, { by: alice })).revoked?.reason).toBeNull()
  })

  it('takes a token that has expired as well, and one of a suspended owner', async () => {
    const { tokens, accounts, clock } = await world(make)
    const { token } = await tokens.issue({ ...draft, expiresIn: '1h' })
    const other = (await tokens.issue({ ...draft, owner: user('bob') })).token
    await accounts.suspend(user('bob'), { by: system })
    clock.advance('1h')
    expect((await tokens.revoke(token.id, { by: alice })).status).toBe('revoked')
    expect((await tokens.revoke(other.id, { by: bob })).status).toBe('revoked')
  })

  it('touches no other token of the same owner', async () => {
    const { tokens } = await world(make)
    const { token } = await tokens.issue(draft)
    const other = await tokens.issue(draft)
    await tokens.revoke(token.id, { by: alice })
    expect(await answerOf({ tokens }, other.secret.reveal())).toBe('ok')
  })

  it('a pause stops a token until it is resumed, and each twice is as good as once', async () => {
    const { tokens, clock } = await world(make)
    const { token, secret } = await tokens.issue(draft)
    const paused = await tokens.pause(token.id, { by: alice })
    expect(paused).toMatchObject({ status: 'paused', paused: { at: START, by: { kind: 'user', id: 'alice' } } })
    clock.advance('1h')
    expect(await tokens.pause(token.id, { by: system })).toEqual(paused)
    expect(await answerOf({ tokens }, secret.reveal())).toBe('paused')
    expect(await tokens.resume(token.id, { by: alice })).toEqual(token)
    expect(await tokens.resume(token.id, { by: alice })).toEqual(token)
    expect(await answerOf({ tokens }, secret.reveal())).toBe('ok')
    expect((await tokens.audit({ token: token.id })).items).toHaveLength(3)
  })

  it('what is paused expires all the same', async () => {
    const { tokens, clock } = await world(make)
    const { token, secret } = await tokens.issue({ ...draft, expiresIn: '1h' })
    await tokens.pause(token.id, { by: alice })
    clock.advance('1h')
    expect(await answerOf({ tokens }, secret.reveal())).toBe('expired')
  })
})

describe.each(stores)('revokeAll, on the $name store,', ({ make }) => {
  const setting = async () => {
    const here = await world(make)
    const bot = await here.accounts.create({ by: alice, tenant: 'ws_1', name: 'bot', scopes: ['issues:read'] })
    const of = async (place: object) => (await here.tokens.issue({ ...draft, ...place })).secret.reveal()
    const texts = {
      alice: await of({}),
      aliceInOne: await of({ tenant: 'ws_1' }),
      aliceInTwo: await of({ tenant: 'ws_2' }),
      bobInOne: await of({ owner: user('bob'), tenant: 'ws_1' }),
      bot: await of({ owner: account(bot.id) }),
      namesake: await of({ owner: user(bot.id) }),
    }
    const alive = async () => {
      const names: string[] = []
      for (const [name, text] of Object.entries(texts)) {
        const answer = await answerOf(here, text)
        expect(['ok', 'revoked']).toContain(answer)
        if (answer === 'ok') names.push(name)
      }
      return names
    }
    return { ...here, bot, of, alive }
  }

  it('ends all that an owner has now, in every tenant, and what is issued later lives', async () => {
    const { tokens, alive, of } = await setting()
    await tokens.revokeAll({ by: system, owner: user('alice') })
    expect(await alive()).toEqual(['bobInOne', 'bot', 'namesake'])
    expect(await answerOf({ tokens }, await of({}))).toBe('ok')
  })

  it('ends all that there is in a tenant, of service accounts too', async () => {
    const { tokens, alive, of } = await setting()
    await tokens.revokeAll({ by: system, tenant: 'ws_1' })
    expect(await alive()).toEqual(['alice', 'aliceInTwo', 'namesake'])
    expect(await answerOf({ tokens }, await of({ tenant: 'ws_1' }))).toBe('ok')
  })

  it('ends all that a service account has, and it may get new ones', async () => {
    const { tokens, alive, bot, of } = await setting()
    await tokens.revokeAll({ by: alice, owner: account(bot.id) })
    expect(await alive()).toEqual(['alice', 'aliceInOne', 'aliceInTwo', 'bobInOne', 'namesake'])
    expect(await answerOf({ tokens }, await of({ owner: account(bot.id) }))).toBe('ok')
  })

  it('is one write, whatever hangs on it', async () => {
    const { tokens, bare } = await setting()
    for (let i = 0; i < 100; i++) await tokens.issue(draft)
    const { cursor } = await bare.changes(0, 1000)
    await tokens.revokeAll({ by: system, owner: user('alice') })
    const { changes } = await bare.changes(cursor, 1000)
    expect(changes).toMatchObject([
      { kind: 'account', id: 'user:alice', effect: 'ended', epochs: { tokens: 1, grants: 0 } },
    ])
    expect((await tokens.list({ unrevoked: true, owner: user('alice') })).items).toEqual([])
  })

  it('does not find the service account of another tenant, nor one that is not there', async () => {
    const { tokens, bot, alive } = await setting()
    const elsewhere = user('alice', { scopes: catalogue.names, tenant: 'ws_2' })
    const there = user('alice', { scopes: catalogue.names, tenant: 'ws_1' })
    expect(await codeOf(tokens.revokeAll({ by: elsewhere, owner: account(bot.id) }))).toBe('not_found')
    expect(await codeOf(tokens.revokeAll({ by: elsewhere, tenant: 'ws_1' }))).toBe('not_found')
    expect(await codeOf(tokens.revokeAll({ by: elsewhere, owner: user('bob') }))).toBe('not_found')
    expect(await codeOf(tokens.revokeAll({ by: system, owner: account('sa_none') }))).toBe('not_found')
    expect(await alive()).toHaveLength(6)
    await tokens.revokeAll({ by: there, owner: account(bot.id) })
    await tokens.revokeAll({ by: elsewhere, owner: user('alice') })
    expect(await alive()).toEqual(['bobInOne', 'namesake'])
    await tokens.revokeAll({ by: there, tenant: 'ws_1' })
    expect(await alive()).toEqual(['namesake'])
  })

  it('wants one owner or one tenant, and to know who asks', async () => {
    const { tokens, alive } = await setting()
    for (const of of [
      {},
      { owner: user('alice'), tenant: 'ws_1' },
      { owner: tenant('ws_1') },
      { owner: undefined },
      { tenant: '' },
      { tenant: 'a\0' },
      { owner: user('alice'), by: undefined },
      { tenant: 'ws_1', by: { kind: 'user' } },
      { owner: undefined, tenant: 'ws_1' },
    ]) {
      // @ts-expect-error what is wrong with them
      expect(await codeOf(tokens.revokeAll({ by: system, ...of }))).toBe('invalid_input')
    }
    expect(await alive()).toHaveLength(6)
  })
})
