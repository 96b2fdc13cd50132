import { randomBytes } from 'node:crypto'
import { createClient } from 'redis'
import { createTokens, defineCatalogue, system, user } from 'tokenloop'
import { createAuthorizationServer } from 'tokenloop/oauth'
import { accessTokens, createGuard } from 'tokenloop/resource'
import { createClock, createTestClient, createTestKit, slowStore, storeContract } from 'tokenloop/testing'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { RedisClient } from '../../examples/redis-store/script.js'
import { type RedisStoreOptions, redisStore } from '../../examples/redis-store/store.js'
import { urlOf } from '../support/reach.js'

const catalogue = defineCatalogue({ read: { description: 'Read' } })
const isReached = inject('reached').includes('Redis')
const client = createClient({ url: urlOf('Redis') }).on('error', () => {})
const prefix = `{t_${randomBytes(8).toString('hex')}}:`
let stores = 0
const ownPrefix = () => `${prefix}${++stores}:`

async function keysOf(prefix: string): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const some of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 })) keys.push(...some)
  return keys
}

const inRedis = () => {
  beforeAll(async () => {
    await client.connect()
  })
  afterAll(async () => {
    for (const key of await keysOf(prefix)) await client.unlink(key)
    const left = await keysOf(prefix)
    await client.close()
    expect(left).toEqual([])
  })

  describe('keeps the contract, by a clock of the host', () => {
    for (const { name, run } of storeContract) {
      it(name, async () => {
        const clock = createClock()
        await run(() => redisStore(client, { prefix: ownPrefix(), clock }), clock)
      })
    }
  })

  describe('keeps the contract, by the time of Redis, on keys that others have used', () => {
    const shared = ownPrefix()
    for (const { name, run } of storeContract) it(name, () => run(() => redisStore(client, { prefix: shared })))
  })

  describe('keeps the contract when answers overtake one another', () => {
    for (const { name, run } of storeContract) {
      it(name, async () => {
        const clock = createClock()
        await run(() => slowStore(redisStore(client, { prefix: ownPrefix(), clock }), { seed: 7 }), clock)
      })
    }
  })

  it('asks again with the whole script where Redis has forgotten it, as after its start', async () => {
    let forgotten = 0
    const fresh: RedisClient = {
      evalSha: async () => {
        forgotten++
        throw new Error('NOSCRIPT No matching script.')
      },
      eval: (script, options) => client.eval(script, options),
    }
    expect(await redisStore(fresh, { prefix: ownPrefix() }).sweep(1)).toEqual({ removed: 0, more: false })
    expect(forgotten).toBe(1)
  })

  it('takes one round trip a call, the chain of an access token included', async () => {
    let calls = 0
    const counted: RedisClient = {
      evalSha: (sha, options) => {
        calls++
        return client.evalSha(sha, options)
      },
      eval: (script, options) => client.eval(script, options),
    }
    const kit = createTestKit({ catalogue })
    const store = redisStore(counted, { prefix: ownPrefix(), clock: kit.clock })
    const tokens = createTokens({ store, catalogue, prefix: 'acme' })
    const { secret } = await tokens.issue({ by: system, owner: user('alice'), name: 'ci', scopes: ['read'] })
    calls = 0
    expect(await tokens.verify(secret)).toMatchObject({ ok: true, freshness: 'immediate' })
    expect(calls).toBe(1)

    const issuer = 'https://auth.test'
    const resource = 'https://api.test'
    const resources = [{ id: resource, format: 'opaque' }] as const
    const auth = createAuthorizationServer({ issuer, store, catalogue, resources })
    const app = await (await createTestClient(auth, { issuer, clock: kit.clock })).connect(user('alice'), 'read')
    const guard = createGuard({ resource, catalogue, accept: [accessTokens({ issuer, store })] })
    const check = () => guard.check(new Request(resource, { headers: { ...app.headers } }), 'read')
    calls = 0
    expect(await check()).toMatchObject({ ok: true, principal: { kind: 'grant', subject: 'alice' } })
    expect(calls).toBe(1)
    await auth.grants.revokeAll({ by: system, subject: 'alice' })
    expect(await check()).toMatchObject({ ok: false, reason: 'revoked' })
  })

  it('is 503 where Redis fails in the midst of it, and never an answer', async () => {
    const other = createClient({ url: urlOf('Redis') }).on('error', () => {})
    await other.connect()
    const store = redisStore(other, { prefix: ownPrefix() })
    const tokens = createTokens({ store, catalogue, prefix: 'acme' })
    const { secret } = await tokens.issue({ by: system, owner: user('alice'), name: 'ci', scopes: ['read'] })
    other.destroy()
    expect(await tokens.verify(secret)).toMatchObject({ ok: false, reason: 'unavailable' })
  })
}

if (isReached) describe('the store of the example in Redis', inRedis)

describe('the store of the example in Redis, without Redis', () => {
  const tokensOver = (evalSha: RedisClient['evalSha'], options: RedisStoreOptions = {}) =>
    createTokens({
      store: redisStore({ evalSha, eval: () => Promise.reject(new Error('not asked for')) }, options),
      catalogue,
      prefix: 'acme',
    })
  const answer = async (evalSha: RedisClient['evalSha'], options?: RedisStoreOptions) => {
    const { secret } = await createTestKit({ catalogue, tokens: { prefix: 'acme' } }).tokens.issue({
      by: system,
      owner: user('alice'),
      name: 'ci',
      scopes: ['read'],
    })
    const seen = await tokensOver(evalSha, options).verify(secret)
    return seen.ok || seen.reason
  }

  it('is 503 where nobody answers within the deadline, and where the answer makes no sense', async () => {
    expect(await answer(() => new Promise(() => {}), { deadline: 1 })).toBe('unavailable')
    expect(await answer(() => Promise.reject(new Error('ECONNREFUSED')))).toBe('unavailable')
    for (const nonsense of [null, [], [0], 'OK', [1, [1, '{}', ''], []], [1, [1, 'no JSON', ''], []]]) {
      expect(await answer(() => Promise.resolve(nonsense))).toBe('unavailable')
    }
    expect(await answer(() => Promise.resolve([1, [0, '', ''], []]))).toBe('unknown')
  })

  it('says what it can promise, and is durable only where the host says so of its Redis', () => {
    const client = { evalSha: () => Promise.resolve(null), eval: () => Promise.resolve(null) }
    const usual = { linearizable: true, durable: false, shared: true }
    expect(redisStore(client).capabilities).toEqual(usual)
    expect(redisStore(client, { durable: true }).capabilities).toEqual({ ...usual, durable: true })
  })
})
