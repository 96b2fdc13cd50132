import { createAccounts, createTokens, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { SAMPLES } from '../../src/testing/contract/samples.js'
import { alice, catalogue, draft } from '../support/world.js'
import { CALLS, callAll, UNAVAILABLE } from './calls.js'
import { ended } from './ended.js'
import { hostOn, lineTo, servers, until } from './hosts.js'

describe.each(servers)('R31 a line to %s', (server) => {
  it.each(['black hole', 'half-open'] as const)(
    'that is a %s makes every call unavailable by its deadline, and is forgotten once it is well again',
    async (kind) => {
      const host = await hostOn[server]()
      const line = await lineTo(server)
      const store = host.open({ size: 3, at: line, deadline: 300, patience: 400 })
      await callAll(store, 'before')
      line.turn({ kind })
      expect(await callAll(store, 'meanwhile')).toEqual(UNAVAILABLE)
      // Those who come when every connection hangs, or is being made in vain, do not wait for ever either.
      expect(await callAll(store, 'later')).toEqual(UNAVAILABLE)
      line.turn({ kind: 'clear' })
      await until(async () => (await ended(store.get('token', 'x'))) !== 'unavailable')
      expect(await callAll(store, 'after')).not.toContain('unavailable')
    },
  )

  it('that refuses connections makes every call unavailable, and nothing else', async () => {
    const host = await hostOn[server]()
    const line = await lineTo(server)
    const store = host.open({ size: 3, at: line, patience: 400 })
    line.turn({ kind: 'reset' })
    expect(await callAll(store, 'meanwhile')).toEqual(UNAVAILABLE)
    line.turn({ kind: 'clear' })
    await until(async () => (await ended(store.get('token', 'x'))) !== 'unavailable')
    expect(await callAll(store, 'after')).not.toContain('unavailable')
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
    expect(await callAll(store, 'together')).not.toContain('unavailable')
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
    expect(await callAll(store, 'after')).not.toContain('unavailable')
  })
})
