import { createTokens, type Event, system, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { nearStores } from '../support/stores.js'
import { alice, answerOf, catalogue, codeOf, draft, replaceAt, resealed, START, world } from '../support/world.js'

const fail = (why: unknown) => {
  throw why
}

describe.each(nearStores)('events, on the $name store,', ({ make }) => {
  it('tell each change once it has taken place, as the audit trail has it', async () => {
    const { tokens, accounts, events } = await world(make)
    events.length = 0
    const { token } = await tokens.issue(draft)
    await tokens.update(token.id, { by: alice, name: 'laptop' })
    await tokens.rotate(token.id, { by: alice })
    await tokens.pause(token.id, { by: alice })
    await tokens.resume(token.id, { by: alice })
    await tokens.revoke(token.id, { by: alice })
    await tokens.revokeAll({ by: system, owner: user('alice') })
    await accounts.suspend(user('alice'), { by: system })
    expect(events.map(({ type }) => type)).toEqual([
      'token.issued',
      'token.updated',
      'token.rotated',
      'token.paused',
      'token.resumed',
      'token.revoked',
      'tokens.revoked',
      'account.suspended',
    ])
    const { items } = await tokens.audit()
    for (const event of events) expect(items).toContainEqual(event)
  })

  it('A3.7 tell each refusal with its precise reason and the public id, where there is one', async () => {
    const { tokens, clock, told } = await world(make)
    const { token, secret } = await tokens.issue({ ...draft, expiresIn: '1h' })
    const text = secret.reveal()
    await tokens.verify('garbage')
    await tokens.verify(resealed(text, (body) => replaceAt(body, 20)))
    await tokens.verify(text, { scopes: ['workspace:admin'] })
    clock.advance('1h')
    await tokens.verify(text)
    expect(told('token.refused')).toEqual([
      { type: 'token.refused', at: null, detail: { reason: 'malformed' } },
      { type: 'token.refused', at: START, about: token.id, detail: { reason: 'unknown' } },
      { type: 'token.refused', at: START, about: token.id, detail: { reason: 'insufficient_scope' } },
      { type: 'token.refused', at: START + 3_600_000, about: token.id, detail: { reason: 'expired' } },
    ])
  })

  it('tell nothing of what did not take place', async () => {
    const { tokens, events } = await world(make)
    const { token } = await tokens.issue(draft)
    events.length = 0
    await codeOf(tokens.update(token.id, { by: user('alice'), scopes: ['issues:write'] }))
    await codeOf(tokens.revoke(token.id, { by: user('mallory') }))
    await codeOf(tokens.rotate(token.id, { by: alice, from: 7 }))
    await tokens.resume(token.id, { by: alice })
    expect(events).toEqual([])
  })

  it.each<[string, (event: Event) => unknown]>([
    ['throws', () => fail(new Error('no'))],
    ['throws null', () => fail(null)],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['hangs', () => new Promise(() => {})],
    ['changes what it is told', (event) => Object.assign(event, { type: 'x', about: 'y' })],
  ])('A20.18 a listener that %s blocks no decision and fails none', async (_, onEvent) => {
    const { tokens } = await world(make, { onEvent })
    const { token, secret } = await tokens.issue(draft)
    expect(await answerOf({ tokens }, secret.reveal())).toBe('ok')
    expect(await answerOf({ tokens }, 'garbage')).toBe('malformed')
    await tokens.revoke(token.id, { by: alice })
    expect(await answerOf({ tokens }, secret.reveal())).toBe('revoked')
    expect((await tokens.audit()).items.map(({ type }) => type)).toEqual(['token.revoked', 'token.issued'])
  })

  it('R58 tell once, when tokens are made, that a store forgets with its process, and of a durable one nothing', async () => {
    const { store, events } = await world(make)
    const warned = events.filter(({ type }) => type === 'store.not_durable')
    expect(warned).toEqual(store.capabilities.durable ? [] : [{ type: 'store.not_durable', at: null }])

    for (const durable of [true, false]) {
      const told: Event[] = []
      const claims = Object.assign(Object.create(store), { capabilities: { ...store.capabilities, durable } })
      createTokens({ store: claims, catalogue, prefix: 'sl', onEvent: (event) => told.push(event) })
      expect(told.map(({ type }) => type)).toEqual(durable ? [] : ['store.not_durable'])
    }
  })
})
