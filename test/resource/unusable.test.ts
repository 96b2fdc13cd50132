import { createTokens, system, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { toSixDigits } from '../../src/core/base62.js'
import { crc32 } from '../../src/core/crc32.js'
import { api, bearer, catalogue, get, type Options, refusal } from './support.js'

type Api = ReturnType<typeof api>
type Way = (at: Api) => Promise<string>

const checked = (body: string) => body + toSixDigits(crc32(body))
const bodyOf = (text: string) => text.slice(0, -6)
const digit = (text: string, at: number) => (text.at(at) === 'a' ? 'b' : 'a')

/** Every way in which a token cannot be used: what the host is told, and how to come by one. */
const WAYS: Readonly<Record<string, readonly [reason: string, make: Way]>> = {
  'of foreign form': ['malformed', async () => 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
  'A1.3 that never existed': ['unknown', async () => checked(`cl_${'4fJ8kQ2x9aB'}${'z'.repeat(27)}`)],
  'A1.2 with a mistyped checksum': [
    'malformed',
    async ({ issue }) => {
      const { text } = await issue()
      return text.slice(0, -1) + digit(text, -1)
    },
  ],
  'A1.3 with one wrong character of its verifier, and the checksum of that': [
    'unknown',
    async ({ issue }) => {
      const body = bodyOf((await issue()).text)
      return checked(body.slice(0, -1) + digit(body, -1))
    },
  ],
  'A1.8 of another environment': [
    'malformed',
    async ({ store }) => {
      const test = createTokens({ store, catalogue, prefix: 'cl_test' })
      const { secret } = await test.issue({ by: system, owner: user('u_1'), name: 'ci', scopes: ['issues:read'] })
      return secret.reveal()
    },
  ],
  'that expired': [
    'expired',
    async ({ issue, clock }) => {
      const { text } = await issue({ expiresIn: '1h' })
      clock.advance(3_600_000)
      return text
    },
  ],
  'that does not begin before tomorrow': [
    'not_yet',
    async ({ issue, clock }) => (await issue({ notBefore: clock.now() + 86_400_000 })).text,
  ],
  'that was revoked': [
    'revoked',
    async ({ issue, tokens }) => {
      const { text, id } = await issue()
      await tokens.revoke(id, { by: system })
      return text
    },
  ],
  'that was rotated away': [
    'revoked',
    async ({ issue, tokens }) => {
      const { text, id } = await issue()
      await tokens.rotate(id, { by: system })
      return text
    },
  ],
  'that is paused': [
    'paused',
    async ({ issue, tokens }) => {
      const { text, id } = await issue()
      await tokens.pause(id, { by: system })
      return text
    },
  ],
  'of an owner who is suspended': [
    'owner_inactive',
    async ({ issue, accounts }) => {
      const { text } = await issue()
      await accounts.suspend(user('u_1'), { by: system })
      return text
    },
  ],
  'whose owner the host has disabled': [
    'owner_inactive',
    async ({ issue }) => (await issue({ owner: user('disabled') })).text,
  ],
  'from another network': ['ip_not_allowed', async ({ issue }) => (await issue({ networks: ['192.0.2.0/24'] })).text],
}

const OPTIONS: Options = {
  tokens: { ownerActive: { check: ({ id }) => id !== 'disabled', maxStaleness: 0 } },
}

describe('whatever makes a token unusable', () => {
  const ANSWER = {
    status: 401,
    headers: {
      'cache-control': 'no-store',
      'content-type': 'application/json',
      'www-authenticate':
        'Bearer realm="https://api.acme.dev", error="invalid_token", error_description="The credential is not valid"',
    },
    body: '{"error":"invalid_token","error_description":"The credential is not valid"}',
  }

  it.each(Object.entries(WAYS))('A3.7 the caller is told the same: a token %s', async (_, [reason, make]) => {
    const host = api(OPTIONS)
    const text = await make(host)
    const needs = { ip: '198.51.100.7' }
    for (const request of [bearer(text), get(['x-api-key', text])]) {
      expect(await refusal(host.guard.check(request, 'issues:read', needs))).toEqual({ reason, ...ANSWER })
    }
    expect(host.events.filter(({ type }) => type === 'token.refused').at(-1)).toMatchObject({ detail: { reason } })
  })

  it.each(Object.entries(WAYS))('A3.7 whatever it would lack besides: a token %s', async (_, [reason, make]) => {
    const host = api(OPTIONS)
    const request = bearer(await make(host))
    expect(await refusal(host.guard.check(request, ['reports:read'], { ip: '198.51.100.7' }))).toEqual({
      reason,
      ...ANSWER,
    })
  })

  it('A2.7 what is no token68 is refused as any other, and never repeated', async () => {
    const { guard } = api()
    for (const text of ['"', '\\', '<script>', 'a"b', "';--", '{}', '"realm="x', '%0d%0aSet-Cookie:x=1', '`']) {
      expect(await refusal(guard.check(bearer(text)))).toEqual({ reason: 'malformed', ...ANSWER })
      expect(await refusal(guard.check(get(['x-api-key', text])))).toEqual({ reason: 'malformed', ...ANSWER })
    }
  })

  it.each([undefined, '', 'unknown', '198.51.100.7, 192.0.2.1', '::ffff:198.51.100.7', 'localhost'])(
    'A1.26 a token for a network is refused where the host says that the request is from %j',
    async (ip) => {
      const { guard, issue } = api()
      const { text } = await issue({ networks: ['192.0.2.0/24'] })
      const request = get(['x-api-key', text], ['x-forwarded-for', '192.0.2.1'], ['forwarded', 'for=192.0.2.1'])
      expect(await refusal(guard.check(request, [], { ip }))).toEqual({ reason: 'ip_not_allowed', ...ANSWER })
      expect(await guard.check(request, [], { ip: '::ffff:192.0.2.1' })).toMatchObject({ ok: true })
    },
  )
})

describe('a token that lacks a scope', () => {
  it('A4.19 is answered 403 with all that the operation needs', async () => {
    const { guard, issue } = api()
    const request = bearer((await issue()).text)
    const needed = ['reports:read', 'issues:read', 'reports:read'] as const
    expect(await refusal(guard.check(request, needed))).toEqual({
      reason: 'insufficient_scope',
      status: 403,
      headers: {
        'cache-control': 'no-store',
        'content-type': 'application/json',
        'www-authenticate':
          'Bearer realm="https://api.acme.dev", error="insufficient_scope", ' +
          'error_description="The credential does not allow this", scope="reports:read issues:read"',
      },
      body: '{"error":"insufficient_scope","error_description":"The credential does not allow this"}',
    })
  })

  it('A4.19 is one without any, as an empty list allows nothing', async () => {
    const { guard, issue } = api()
    const request = bearer((await issue({ scopes: [] })).text)
    expect(await guard.check(request)).toMatchObject({ ok: true, principal: { scopes: [] } })
    expect(await refusal(guard.check(request, 'issues:read'))).toMatchObject({ status: 403 })
  })

  it('is not one that has it by a role, or by a scope that implies it', async () => {
    const { guard, issue } = api()
    for (const given of [{ scopes: [], roles: ['Reader'] }, { scopes: ['issues:write'] }] as const) {
      expect(await guard.check(bearer((await issue(given)).text), 'issues:read')).toMatchObject({ ok: true })
    }
  })
})
