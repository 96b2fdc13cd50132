import { TokenloopError } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import { api, bearer, get, type Options, refusal } from './support.js'

const UNAVAILABLE = {
  reason: 'unavailable',
  status: 503,
  headers: { 'cache-control': 'no-store', 'content-type': 'application/json', 'retry-after': '1' },
  body: '{"error":"temporarily_unavailable","error_description":"Try again later"}',
}

/** What a driver, or the connection under it, may do. */
const FAULTS: Readonly<Record<string, () => unknown>> = {
  'rejects with an error': () => Promise.reject(new Error('ECONNRESET')),
  'rejects with nothing': () => Promise.reject(undefined),
  'rejects with null': () => Promise.reject(null),
  'rejects with a text': () => Promise.reject('40001'),
  'rejects with a typed error': () => Promise.reject(new TokenloopError('unavailable', 'the pool is exhausted')),
  'rejects with a typed error of another meaning': () => Promise.reject(new TokenloopError('not_found', 'no such row')),
  'throws at once': () => {
    throw new Error('closed')
  },
  'answers undefined': async () => undefined,
  'answers null': async () => null,
  'answers a text': async () => 'OK',
  'answers an empty object': async () => ({}),
  'answers an empty list': async () => [],
}

const broken = (method: string, fault: () => unknown): Options => ({
  around: (store) => around(store, async (call, run) => (call.method === method ? (fault() as never) : run())),
})

describe('a store that fails', () => {
  it.each(Object.entries(FAULTS))('R67 at the read: one that %s is 503, with when to try again', async (_, fault) => {
    const { guard, issue } = api(broken('getWith', fault))
    const { text } = await issue()
    for (const request of [bearer(text), get(['x-api-key', text])]) {
      expect(await refusal(guard.check(request, 'issues:read'))).toEqual(UNAVAILABLE)
    }
  })

  it.each(Object.entries(FAULTS))('R67 at the limits: one that %s is 503, with when to try again', async (_, fault) => {
    const { guard, issue } = api(broken('spend', fault))
    const { text } = await issue({ limits: [{ name: 'calls', limit: 5 }] })
    expect(await refusal(guard.check(bearer(text), 'issues:read'))).toEqual(UNAVAILABLE)
  })

  it.each(['touch', 'write', 'get', 'find', 'list'])('R67 elsewhere, at "%s", is of no concern', async (method) => {
    const { guard, issue } = api(broken(method, () => Promise.reject(new Error('ECONNRESET'))))
    const { text } = await issue()
    expect(await guard.check(bearer(text), 'issues:read')).toMatchObject({ ok: true })
    expect(await refusal(guard.check(bearer('x')))).toMatchObject({ status: 401 })
  })

  it('R67 makes no difference to what is refused without it', async () => {
    const { guard } = api(broken('getWith', () => Promise.reject(new Error('ECONNRESET'))))
    expect(await refusal(guard.check(get()))).toMatchObject({ status: 401 })
    expect(await refusal(guard.check(bearer('x')))).toMatchObject({ status: 401 })
    expect(await refusal(guard.check(bearer('a b')))).toMatchObject({ status: 400 })
  })
})

describe("a host's callback for its users", () => {
  const ANSWERS: Readonly<Record<string, () => unknown>> = {
    throws: () => {
      throw new Error('broken')
    },
    'throws null': () => {
      throw null
    },
    rejects: () => Promise.reject(new Error('broken')),
    'answers undefined': () => undefined,
    'answers 1': () => 1,
    'answers "true"': async () => 'true',
    'answers an object': () => ({ active: true }),
    hangs: () => new Promise(() => {}),
  }
  it.each(Object.entries(ANSWERS))('A20.18 that %s is 503, never a grant', async (_, check) => {
    const { guard, issue } = api({
      tokens: { ownerActive: { check: check as () => boolean, maxStaleness: 0, timeout: 1 } },
    })
    const { text } = await issue()
    expect(await refusal(guard.check(bearer(text), 'issues:read'))).toEqual(UNAVAILABLE)
  })
})
