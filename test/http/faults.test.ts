import { TokenloopError, type TokenStore } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { around, type Method } from '../../src/store/around.js'
import { host, hosts } from './support.js'

/** A store whose members fail while they are told to, and that answers everything else. */
function breakable() {
  const broken = new Set<Method>()
  const wrap = (store: TokenStore) =>
    around(store, async ({ method }, run) => {
      if (broken.has(method)) throw new Error('postgres://admin:hunter2@db:5432 refused the connection')
      return run()
    })
  return { broken, wrap }
}

const METHODS: readonly Method[] = ['get', 'getWith', 'find', 'write', 'list']

describe.each(hosts)('a store that fails, behind $name', (on) => {
  it.each(METHODS)('R67 while `%s` fails, every answer is a 503 or right, never a denial', async (method) => {
    const { broken, wrap } = breakable()
    const { call, create, createAccount, errors } = await host({ on, around: wrap })
    const { secret } = await create('alice', 'caller', ['workspace:admin', 'issues:read'])
    const requests = requestsOn((await create('alice', 'laptop')).id, (await createAccount('alice', 'bot')).id)
    for (const [verb, path, body] of requests) {
      for (const caller of [{ as: 'alice' }, { token: secret }]) {
        broken.add(method)
        const { status, headers, text, body: problem } = await call(verb, path, { ...caller, body })
        broken.clear()
        expect(`${status} ${problem.code}`, `${verb} ${path}`).toMatch(
          /^(20[014] undefined|409 name_taken|503 unavailable)$/,
        )
        expect(headers.get('retry-after')).toBe(status === 503 ? '1' : null)
        expect(text).not.toMatch(/hunter2|postgres/)
      }
    }
    expect(errors.length).toBeGreaterThan(0)
    expect(errors.every((error) => error instanceof TokenloopError && error.code === 'unavailable')).toBe(true)
  })

  it('R67 a revocation that did not take place is not a 204', async () => {
    const { broken, wrap } = breakable()
    const { call, create, tokens } = await host({ on, around: wrap })
    const { id, secret } = await create('bob', 'laptop')
    broken.add('write')
    expect((await call('DELETE', `/v1/api-tokens/${id}`, { as: 'bob' })).status).toBe(503)
    expect(await tokens.verify(secret)).toMatchObject({ ok: true })
    broken.clear()
    expect((await call('DELETE', `/v1/api-tokens/${id}`, { as: 'bob' })).status).toBe(204)
    expect(await tokens.verify(secret)).toMatchObject({ ok: false })
  })

  it('a listener of the host that throws changes no answer', async () => {
    const { broken, wrap } = breakable()
    const onError = () => {
      throw new Error('the log is full')
    }
    const { call } = await host({ on, around: wrap, api: { onError } })
    broken.add('list')
    expect((await call('GET', '/v1/api-tokens', { as: 'bob' })).status).toBe(503)
  })

  it('A20.23 what nobody foresaw is a 500 that says nothing, and the host is told', async () => {
    const { call, tokens, errors } = await host({ on })
    const fault = new RangeError('at /srv/app/secret.js:1:1')
    tokens.list = () => Promise.reject(fault)
    const { status, body, text } = await call('GET', '/v1/api-tokens', { as: 'bob' })
    expect([status, body.code]).toEqual([500, 'internal_error'])
    expect(text).not.toMatch(/secret|RangeError|at /)
    expect(errors).toEqual([fault])
  })
})

/** One request of each endpoint, in an order in which each has what it needs. */
const requestsOn = (id: string, account: string) =>
  [
    ['GET', '/v1/api-tokens'],
    ['POST', '/v1/api-tokens', { name: 'laptop', scopes: [] }],
    ['PATCH', `/v1/api-tokens/${id}`, { name: 'desktop' }],
    ['POST', `/v1/api-tokens/${id}/roll`],
    ['DELETE', `/v1/api-tokens/${id}`],
    ['GET', '/v1/service-accounts'],
    ['POST', '/v1/service-accounts', { name: 'x', scopes: [] }],
    ['PATCH', `/v1/service-accounts/${account}`, { scopes: ['issues:read'] }],
    ['GET', `/v1/service-accounts/${account}/tokens`],
    ['POST', `/v1/service-accounts/${account}/tokens`, { name: 'ci' }],
    ['DELETE', `/v1/service-accounts/${account}`],
  ] as const
