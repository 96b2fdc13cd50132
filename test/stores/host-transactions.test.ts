import { describe, expect, it } from 'vitest'
import { SAMPLES } from '../../src/testing/contract/samples.js'
import { storeContract } from '../../src/testing/index.js'
import { ended } from './ended.js'
import { hostOn, servers } from './hosts.js'

describe.each(servers)('on %s', (server) => {
  it('R33 what the library says does not depend on how a transaction of the host ends', async () => {
    const host = await hostOn[server]()
    const store = host.open({ size: 1 })
    await store.write('token', 'cl_1', 0, SAMPLES.token)
    const own = await host.session()
    await own.ask('BEGIN')
    await own.ask(`DELETE FROM ${host.table('tokens')} WHERE id = 'cl_1'`)
    expect(await ended(store.write('token', 'cl_2', 0, SAMPLES.token))).toBe('written')
    expect((await store.getWith('token', 'cl_1')).version).toBe(1)
    await own.ask('ROLLBACK')
    expect((await store.getWith('token', 'cl_2')).version).toBe(1)
    await own.ask('BEGIN')
    await own.ask(`DELETE FROM ${host.table('tokens')} WHERE id = 'cl_1'`)
    expect((await store.getWith('token', 'cl_1')).version).toBe(1)
    await own.ask('COMMIT')
    expect((await store.getWith('token', 'cl_1')).version).toBe(0)
  })

  it('R33 a host that keeps the only connection to itself is told so by the deadline', async () => {
    const host = await hostOn[server]()
    const store = host.open({ size: 1, deadline: 300, held: true })
    expect(await ended(store.write('token', 'cl_1', 0, SAMPLES.token))).toBe('unavailable')
  })
})

for (const server of servers.filter((server) => server === 'PostgreSQL'))
  describe(`on ${server}`, () => {
    it('R62 a server that only reads is unavailable for writes, and answers', async () => {
      const host = await hostOn[server]()
      const store = host.open({ settings: { default_transaction_read_only: 'on' } })
      await host.open().write('token', 'cl_1', 0, SAMPLES.token)
      expect(await ended(store.write('token', 'cl_2', 0, SAMPLES.token))).toBe('unavailable')
      expect(await ended(store.insertOnce('jti', 'a', null, SAMPLES.token.createdAt))).toBe('unavailable')
      expect((await store.getWith('token', 'cl_1')).version).toBe(1)
    })

    it('R62 a statement that takes too long for the server is unavailable, and has done nothing', async () => {
      const host = await hostOn[server]()
      const beside = host.open()
      const store = host.open({ size: 1, settings: { statement_timeout: '100ms' } })
      await beside.write('account', 'user:a', 0, SAMPLES.account)
      const own = await host.session()
      await own.ask('BEGIN')
      await own.ask(`SELECT id FROM ${host.table('accounts')} FOR UPDATE`)
      expect(await ended(store.write('account', 'user:a', 1, SAMPLES.account))).toBe('unavailable')
      await own.ask('ROLLBACK')
      expect((await store.get('account', 'user:a')).version).toBe(1)
      expect(await ended(store.write('account', 'user:a', 1, SAMPLES.account))).toBe('written')
    })
  })

for (const server of servers.filter((server) => server === 'MariaDB'))
  describe('R63 without the flag FOUND_ROWS, a store', () => {
    it.each(storeContract.map(({ name, run }) => [name, run] as const))('%s', async (_, run) => {
      const host = await hostOn[server]()
      await run(() => host.open({ flags: ['-FOUND_ROWS'] }))
    })
  })
