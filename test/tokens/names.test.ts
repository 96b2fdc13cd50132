import { account, system, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, codeOf, draft, world } from '../support/world.js'

const unique = { uniqueNames: true } as const

describe.each(stores)('unique names, on the $name store,', ({ make }) => {
  it('CL1 belong to one live token of an owner each', async () => {
    const { tokens } = await world(make, unique)
    await tokens.issue(draft)
    expect(await codeOf(tokens.issue(draft))).toBe('name_taken')
    expect((await tokens.list()).items).toHaveLength(1)
    expect(await codeOf(tokens.issue({ ...draft, name: 'other' }))).toBe('nothing')
  })

  it('may be had again by another owner and in another tenant', async () => {
    const { tokens, accounts } = await world(make, unique)
    const bot = await accounts.create({ by: alice, name: 'bot', scopes: ['issues:read'] })
    const places = [
      { owner: user('alice') },
      { owner: user('bob') },
      { owner: user(bot.id) },
      { owner: account(bot.id) },
      { owner: user('alice'), tenant: 'ws_1' },
      { owner: user('alice'), tenant: 'ws_2' },
    ]
    for (const place of places) expect(await codeOf(tokens.issue({ ...draft, ...place }))).toBe('nothing')
    for (const place of places) expect(await codeOf(tokens.issue({ ...draft, ...place }))).toBe('name_taken')
  })

  it('A20.12 are compared byte for byte', async () => {
    const { tokens } = await world(make, unique)
    const names = [
      'ci',
      'CI',
      'ci ',
      ' ci',
      'c\u0131',
      'ci\u200b',
      'Zo\u00eb',
      'Zoe\u0308',
      '\uff43\uff49',
      'ci\u00a0',
      'c_',
      'c%',
    ]
    for (const name of names) expect(await codeOf(tokens.issue({ ...draft, name }))).toBe('nothing')
    for (const name of names) expect(await codeOf(tokens.issue({ ...draft, name }))).toBe('name_taken')
  })

  it('are not needed where the host does not want them', async () => {
    const { tokens } = await world(make)
    await tokens.issue(draft)
    expect(await codeOf(tokens.issue(draft))).toBe('nothing')
  })

  it('are given way by a token that was revoked', async () => {
    const { tokens } = await world(make, unique)
    const { token } = await tokens.issue(draft)
    await tokens.revoke(token.id, { by: alice })
    expect(await codeOf(tokens.issue(draft))).toBe('nothing')
    expect(await codeOf(tokens.issue(draft))).toBe('name_taken')
  })

  it('are given way by a token that has expired, from that very millisecond on', async () => {
    const { tokens, clock } = await world(make, unique)
    await tokens.issue({ ...draft, expiresIn: '1d' })
    clock.advance(86_400_000 - 1)
    expect(await codeOf(tokens.issue(draft))).toBe('name_taken')
    clock.advance(1)
    expect(await codeOf(tokens.issue(draft))).toBe('nothing')
    expect(await codeOf(tokens.issue(draft))).toBe('name_taken')
  })

  it('are given way by all tokens of an owner that were revoked at once', async () => {
    const { tokens } = await world(make, unique)
    await tokens.issue(draft)
    await tokens.issue({ ...draft, tenant: 'ws_1' })
    await tokens.revokeAll({ by: system, owner: user('alice') })
    expect(await codeOf(tokens.issue(draft))).toBe('nothing')
    await tokens.revokeAll({ by: system, tenant: 'ws_1' })
    expect(await codeOf(tokens.issue({ ...draft, tenant: 'ws_1' }))).toBe('nothing')
  })

  it('are given way by what was cut off, and not by what is paused, not yet valid, or suspended', async () => {
    const { tokens, accounts } = await world(make, unique)
    const { token } = await tokens.issue(draft)
    await tokens.issue({ ...draft, name: 'later', notBefore: 8.64e15 })
    await tokens.pause(token.id, { by: alice })
    await accounts.suspend(user('alice'), { by: system })
    await accounts.resume(user('alice'), { by: system })
    expect(await codeOf(tokens.issue(draft))).toBe('name_taken')
    expect(await codeOf(tokens.issue({ ...draft, name: 'later' }))).toBe('name_taken')
    await accounts.cutOff(user('alice'), { by: system })
    expect(await codeOf(tokens.issue(draft))).toBe('nothing')
    expect(await codeOf(tokens.issue({ ...draft, name: 'later' }))).toBe('nothing')
  })

  it('hold at an edit too: of a live token, of a dead one, and of itself', async () => {
    const { tokens } = await world(make, unique)
    const first = (await tokens.issue(draft)).token
    const second = (await tokens.issue({ ...draft, name: 'other' })).token
    expect(await codeOf(tokens.update(second.id, { by: alice, name: 'ci' }))).toBe('name_taken')
    expect((await tokens.get(second.id)).name).toBe('other')
    expect(await codeOf(tokens.update(second.id, { by: alice, name: 'other' }))).toBe('nothing')
    await tokens.revoke(first.id, { by: alice })
    expect((await tokens.update(second.id, { by: alice, name: 'ci' })).name).toBe('ci')
    expect(await codeOf(tokens.issue(draft))).toBe('name_taken')
    expect(await codeOf(tokens.issue({ ...draft, name: 'other' }))).toBe('nothing')
  })

  it('are taken from the dead by an edit as well', async () => {
    const { tokens, clock } = await world(make, unique)
    await tokens.issue({ ...draft, expiresIn: '1h' })
    const second = (await tokens.issue({ ...draft, name: 'other' })).token
    clock.advance('1h')
    expect((await tokens.update(second.id, { by: alice, name: 'ci' })).name).toBe('ci')
  })

  it('stay with a token that is rotated', async () => {
    const { tokens } = await world(make, unique)
    const { token } = await tokens.issue(draft)
    await tokens.rotate(token.id, { by: alice, overlap: '1d' })
    expect(await codeOf(tokens.issue(draft))).toBe('name_taken')
  })

  it('are not held by those that were issued while names could repeat', async () => {
    const { tokens, store } = await world(make)
    const { createTokens } = await import('tokenloop')
    const { token } = await tokens.issue(draft)
    const strict = createTokens({
      store,
      catalogue: (await import('../support/world.js')).catalogue,
      prefix: 'sl',
      ...unique,
    })
    expect(await codeOf(strict.issue(draft))).toBe('nothing')
    expect(await codeOf(strict.update(token.id, { by: alice, name: 'ci' }))).toBe('name_taken')
  })
})
