import type { TokenStore } from 'tokenloop'
import type { PgPool } from 'tokenloop/postgres'
import { beforeEach, describe, expect, it } from 'vitest'
import { SAMPLES } from '../../src/testing/contract/samples.js'
import { ended } from './ended.js'
import { type Host, hostOn, type Session, servers, until } from './hosts.js'

const ACCOUNTS = ['user:a', 'user:b'] as const
const onlyIf = ACCOUNTS.map((id) => ({ kind: 'account', id, version: 1 }) as const)

const write = (store: TokenStore) => ended(store.write('token', 'cl_1', 0, SAMPLES.token, { onlyIf }))

describe.each(servers)('on %s, a write', (server) => {
  let host: Host
  let beside: TokenStore
  let script: Session

  beforeEach(async () => {
    host = await hostOn[server]()
    beside = host.open({ size: 1 })
    script = await host.session()
    for (const id of ACCOUNTS) await beside.write('account', id, 0, SAMPLES.account)
  })

  const lock = (id: string) => script.ask(`SELECT version FROM ${host.table('accounts')} WHERE id = '${id}' FOR UPDATE`)

  it('R6 whose connection is ended within it takes place once, over another one', async () => {
    const store = host.open({ size: 2 })
    await script.ask('BEGIN')
    await lock('user:a')
    const outcome = write(store)
    await until(host.isWaiting)
    await host.kill()
    await script.ask('ROLLBACK')
    expect(await outcome).toBe('written')
    expect((await beside.get('token', 'cl_1')).version).toBe(1)
  })

  it('R6 of a connection that was ended before goes over another one', async () => {
    const store = host.open({ size: 2 })
    for (const id of ['cl_1', 'cl_2']) {
      await Promise.all([store.get('token', id), store.get('token', id)])
      await host.kill()
      expect(await ended(store.write('token', id, 0, SAMPLES.token))).toBe('written')
    }
  })

  it('R7 that is chosen to end a deadlock takes place afterwards', async () => {
    const seen: unknown[] = []
    const store = host.open({ settings: { deadlock_timeout: '20ms' }, wrap: (pool) => watching(pool, seen) })
    // What the other side has changed makes MariaDB spare it; PostgreSQL ends who notices first.
    await script.ask('BEGIN')
    if (server === 'PostgreSQL') await script.ask(`SET LOCAL deadlock_timeout = '60s'`)
    else await script.ask(`UPDATE ${host.table('accounts')} SET ordinal = ordinal + 1 WHERE id = 'user:b'`)
    await lock('user:b')
    const outcome = write(store)
    await until(host.isWaiting)
    expect(await lock('user:a')).toEqual([{ version: expect.anything() }])
    await script.ask('COMMIT')
    expect(await outcome).toBe('written')
    if (server === 'PostgreSQL') expect(seen).toContain('40P01')
  })

  it.each(['read uncommitted', 'read committed', 'repeatable read', 'serializable'])(
    'R7 R34 has one winner of many at %s, and the others are told so',
    async (level) => {
      const store = host.open({ size: 8, level })
      for (let round = 1; round <= 5; round++) {
        const outcomes = await Promise.all(
          Array.from({ length: 16 }, (_, number) =>
            ended(store.write('account', 'user:a', round, { ...SAMPLES.account, name: String(number) })),
          ),
        )
        expect(outcomes.filter((outcome) => outcome === 'written').length).toBe(1)
        expect(outcomes.filter((outcome) => outcome !== 'written' && outcome !== 'conflict')).toEqual([])
      }
    },
  )
})

/** Notes the codes of what fails. */
const watching = (pool: PgPool, seen: unknown[]): PgPool => ({
  async connect() {
    const client = await pool.connect()
    return {
      query: (query) =>
        client.query(query).catch((error: { code?: unknown }) => {
          seen.push(error.code)
          throw error
        }),
      on: (event, listener) => client.on(event, listener),
      removeListener: (event, listener) => client.removeListener(event, listener),
      release: (destroy) => client.release(destroy),
    }
  },
})
