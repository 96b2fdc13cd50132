import { describe, expect, it } from 'vitest'
import { api, bearer, refusal } from './support.js'

const LIMITS = [
  { name: 'burst', limit: 2, every: '1m' },
  { name: 'month', limit: 5, every: '30d' },
] as const

describe('a token with limits', () => {
  it('tells at every call how they stand', async () => {
    const { guard, issue, clock } = api()
    const request = bearer((await issue({ limits: LIMITS })).text)
    const headersOfCall = async () => {
      const access = await guard.check(request, 'issues:read')
      return access.ok && access.headers
    }
    expect(await headersOfCall()).toEqual({
      'RateLimit-Policy': '"burst";q=2;w=60, "month";q=5;w=2592000',
      RateLimit: '"burst";r=1;t=60, "month";r=4;t=2592000',
    })
    clock.advance(30_500)
    expect(await headersOfCall()).toMatchObject({ RateLimit: '"burst";r=0;t=30, "month";r=3;t=2591970' })
  })

  it('is answered 429 when one of them is reached, with when to try again, and burns nothing', async () => {
    const { guard, issue, clock } = api()
    const request = bearer((await issue({ limits: LIMITS })).text)
    await guard.check(request, 'issues:read')
    await guard.check(request, 'issues:read')
    clock.advance(10_000)
    for (let i = 0; i < 3; i++) {
      expect(await refusal(guard.check(request, 'issues:read'))).toEqual({
        reason: 'limited',
        status: 429,
        headers: {
          'cache-control': 'no-store',
          'content-type': 'application/json',
          'ratelimit-policy': '"burst";q=2;w=60, "month";q=5;w=2592000',
          ratelimit: '"burst";r=0;t=50, "month";r=3;t=2591990',
          'retry-after': '50',
        },
        body: '{"error":"too_many_requests","error_description":"The limit of the credential is reached"}',
      })
    }
    clock.advance(50_000)
    expect(await guard.check(request, 'issues:read')).toMatchObject({ ok: true })
  })

  it('says until more is there, and never to try again before, where it comes back bit by bit', async () => {
    const { guard, issue, clock } = api()
    const request = bearer((await issue({ limits: [{ name: 'calls', limit: 10, refill: 2, every: '1m' }] })).text)
    const access = await guard.check(request, [], { cost: 10 })
    expect(access.ok && access.headers).toEqual({
      'RateLimit-Policy': '"calls";q=10;w=300',
      RateLimit: '"calls";r=0;t=60',
    })
    clock.advance(15_000)
    expect((await refusal(guard.check(request, [], { cost: 3 }))).headers).toMatchObject({
      ratelimit: '"calls";r=0;t=45',
      'retry-after': '105',
    })
  })

  it('gives no time for a quota that never comes back, nor for a cost that never fits', async () => {
    const { guard, issue } = api()
    const request = bearer((await issue({ limits: [{ name: 'trial', limit: 1 }] })).text)
    const access = await guard.check(request)
    expect(access.ok && access.headers).toEqual({ 'RateLimit-Policy': '"trial";q=1', RateLimit: '"trial";r=0' })
    const { status, headers } = await refusal(guard.check(request))
    expect(status).toBe(429)
    expect(headers).not.toHaveProperty('retry-after')

    const other = bearer((await issue({ limits: [{ name: 'calls', limit: 1, every: '1m' }] })).text)
    const never = await refusal(guard.check(other, [], { cost: 2 }))
    expect(never).toMatchObject({ status: 429, headers: { ratelimit: '"calls";r=1' } })
    expect(never.headers).not.toHaveProperty('retry-after')
  })

  it('spends nothing for what is refused otherwise', async () => {
    const { guard, issue } = api()
    const request = bearer((await issue({ limits: [{ name: 'calls', limit: 1 }], networks: ['192.0.2.1'] })).text)
    expect(await refusal(guard.check(request, 'reports:read', { ip: '192.0.2.1' }))).toMatchObject({ status: 403 })
    expect(await refusal(guard.check(request, 'issues:read', { ip: '192.0.2.2' }))).toMatchObject({ status: 401 })
    expect(await guard.check(request, 'issues:read', { ip: '192.0.2.1' })).toMatchObject({ ok: true })
  })

  it('stays within the numbers that a structured field can hold', async () => {
    const { guard, issue } = api()
    const most = Number.MAX_SAFE_INTEGER
    const request = bearer((await issue({ limits: [{ name: 'calls', limit: most, refill: 1, every: '1000y' }] })).text)
    const access = await guard.check(request)
    expect(access.ok && access.headers).toEqual({
      'RateLimit-Policy': '"calls";q=999999999999999;w=999999999999999',
      RateLimit: '"calls";r=999999999999999;t=31536000000',
    })
  })

  it('rounds up what is shorter than a second', async () => {
    const { guard, issue } = api()
    const request = bearer((await issue({ limits: [{ name: 'calls', limit: 1, every: '100ms' }] })).text)
    const access = await guard.check(request)
    expect(access.ok && access.headers).toEqual({ 'RateLimit-Policy': '"calls";q=1;w=1', RateLimit: '"calls";r=0;t=1' })
    expect((await refusal(guard.check(request))).headers).toMatchObject({ 'retry-after': '1' })
  })

  it('tells a caller without a limit nothing', async () => {
    const { guard, issue } = api()
    expect(await guard.check(bearer((await issue()).text))).toMatchObject({ ok: true, headers: {} })
  })
})
