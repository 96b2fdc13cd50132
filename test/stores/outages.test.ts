import { createAccounts, createTokens, type TokenStore, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { EFFECT, SAMPLE_EVENT, SAMPLES } from '../../src/testing/contract/samples.js'
import { alice, catalogue, draft } from '../support/world.js'
import { ended, hostOn, lineTo, servers, until } from './hosts.js'

const LATER = SAMPLES.token.createdAt

/** A call of every member of a store, and of a write in each of its ways. */
const CALLS: Readonly<Record<string, (store: TokenStore, id: string) => Promise<unknown>>> = {
  get: (store, id) => store.get('token', id),
  getWith: (store, id) => store.getWith('access', id),
  find: (store, id) => store.find('grant', id),
  'write with all that goes with it': (store, id) =>
    store.write('token', id, 0, SAMPLES.token, {
      onlyIf: [{ kind: 'account', id: `user:${id}`, version: 0 }],
      event: { ...SAMPLE_EVENT, id },
      change: EFFECT,
    }),
  'write of a removal': (store, id) => store.write('token', id, 1, null),
  list: (store) => store.list('token', {}, { limit: 5 }),
  insertOnce: (store, id) => store.insertOnce('jti', id, null, LATER),
  takeOnce: (store, id) => store.takeOnce('jti', id, 'claim'),
  touch: (store, id) => store.touch([{ kind: 'token', id, at: 1, count: 1, ip: null }]),
  spend: (store, id) => store.spend('token', id, [{ name: 'n', limit: 5, every: null, refill: 5, cost: 1 }]),
  changes: (store) => store.changes(0, 10),
  sweep: (store) => store.sweep(10),
}
const all = (store: TokenStore, id: string) => Promise.all(Object.values(CALLS).map((call) => ended(call(store, id))))
const UNAVAILABLE = Object.keys(CALLS).map(() => 'unavailable')

describe.each(servers)('R31 a line to %s', (server) => {
  it.each(['black hole', 'half-open'] as const)(
    'that is a %s makes every call unavailable by its deadline, and is forgotten once it is well again',
    async (kind) => {
      const host = await hostOn[server]()
      const line = await lineTo(server)
      const store = host.open({ size: 3, at: line, deadline: 300 })
      await all(store, 'before')
      line.turn({ kind })
      expect(await all(store, 'meanwhile')).toEqual(UNAVAILABLE)
      // Those who come when every connection hangs, or is being made in vain, do not wait for ever either.
      expect(await all(store, 'later')).toEqual(UNAVAILABLE)
      line.turn({ kind: 'clear' })
      await until(async () => (await ended(store.get('token', 'x'))) !== 'unavailable')
      expect(await all(store, 'after')).not.toContain('unavailable')
    },
  )

  it('that refuses connections makes every call unavailable, and nothing else', async () => {
    const host = await hostOn[server]()
    const line = await lineTo(server)
    const store = host.open({ size: 3, at: line })
    line.turn({ kind: 'reset' })
    expect(await all(store, 'meanwhile')).toEqual(UNAVAILABLE)
    line.turn({ kind: 'clear' })
    await until(async () => (await ended(store.get('token', 'x'))) !== 'unavailable')
    expect(await all(store, 'after')).not.toContain('unavailable')
  })

  it('whose server holds a lock makes who waits for it unavailable, and lets the others go on', async () => {
    const host = await hostOn[server]()
    const store = host.open({ size: 2, deadline: 300 })
    await store.write('account', 'user:a', 0, SAMPLES.account)
    const script = await host.session()
    await script.ask('BEGIN')
    await script.ask(`SELECT version FROM ${host.table('accounts')} WHERE id = 'user:a' FOR UPDATE`)
    expect(await ended(store.write('account', 'user:a', 1, SAMPLES.account))).toBe('unavailable')
    expect((await store.get('account', 'user:a')).version).toBe(1)
    await script.ask('ROLLBACK')
    expect(await ended(store.write('account', 'user:b', 0, SAMPLES.account))).toBe('written')
  })
})

describe.each(servers)('R32 a pool of %s', (server) => {
  it('of one connection is enough for every call of a store, also for all of them at once', async () => {
    const store = (await hostOn[server]()).open({ size: 1 })
    for (const call of Object.values(CALLS)) expect(await ended(call(store, 'single'))).not.toBe('unavailable')
    expect(await all(store, 'together')).not.toContain('unavailable')
  })

  it('of one connection is enough for tokens and accounts', async () => {
    const store = (await hostOn[server]()).open({ size: 1 })
    const tokens = createTokens({ store, catalogue, prefix: 'sl', uniqueNames: true })
    const accounts = createAccounts({ store, catalogue })
    const live = async (name: string) => {
      const bot = await accounts.create({ by: alice, name, tenant: 'ws_1', scopes: ['issues:read'] })
      await accounts.update(bot.id, { by: alice, name: `${name}2` })
      const { token, secret } = await tokens.issue({ ...draft, name, limits: [{ name: 'calls', limit: 10 }] })
      expect(await tokens.verify(secret.reveal())).toMatchObject({ ok: true })
      await tokens.update(token.id, { by: alice, name: `${name}2` })
      await tokens.pause(token.id, { by: alice })
      await tokens.resume(token.id, { by: alice })
      await tokens.rotate(token.id, { by: alice, overlap: '1h' })
      await tokens.list()
      await tokens.due({ within: '10y', unusedFor: 0 })
      await tokens.audit()
      await tokens.revoke(token.id, { by: alice })
      await accounts.suspend(user(name), { by: alice })
      await accounts.cutOff(user(name), { by: alice })
      await tokens.flush()
    }
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((name) => ended(live(name))))).toEqual(Array(4).fill(undefined))
    await tokens.close()
  })

  it('has 1,000 calls at once: as many as it may wait, the others are unavailable at once, and none gets stuck', async () => {
    const store = (await hostOn[server]()).open({ size: 10, maxWaiting: 300 })
    const calls = Array.from({ length: 1000 }, (_, n) => ended(store.get('token', `t${n}`)))
    const outcomes = await Promise.all(calls)
    const refused = outcomes.filter((outcome) => outcome === 'unavailable').length
    expect(refused).toBe(700)
    expect(outcomes.filter((outcome) => typeof outcome === 'object').length).toBe(300)
    expect(await all(store, 'after')).not.toContain('unavailable')
  })
})
