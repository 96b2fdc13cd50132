import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Event } from 'tokenloop'
import { createJwtVerifier, discover, discoveredKeys, type RemoteKeysOptions } from 'tokenloop/jwt'
import { createClock } from 'tokenloop/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { kids, one, two } from './issuer.js'
import { claims, header, RESOURCE } from './support.js'

const ISSUER = 'https://auth.acme.dev'
const JWKS = 'https://keys.acme.dev/jwks'
const METADATA = { issuer: ISSUER, jwks_uri: JWKS, token_endpoint: `${ISSUER}/token` }

/** The web, as far as it answers: whatever is not named is not found. */
function web(pages: Readonly<Record<string, unknown>>) {
  const asked: string[] = []
  const inits: RequestInit[] = []
  const world = { pages, asked, inits, clock: createClock(), events: [] as Event[] }
  const fetch = async (url: string, init: RequestInit) => {
    asked.push(url)
    inits.push(init)
    const named = world.pages[url]
    const page = typeof named === 'function' ? await named() : named
    if (page instanceof Response) return page.clone()
    return page === undefined ? new Response('', { status: 404 }) : new Response(JSON.stringify(page))
  }
  const keysOf = (options: Partial<RemoteKeysOptions> = {}) =>
    discoveredKeys(ISSUER, { fetch, clock: world.clock, onEvent: (event) => world.events.push(event), ...options })
  return Object.assign(world, { fetch, keysOf })
}

const OF_OAUTH = `${ISSUER}/.well-known/oauth-authorization-server`
const OF_OPENID = `${ISSUER}/.well-known/openid-configuration`
const set = (...keys: readonly (typeof one)[]) => ({ keys: keys.map(({ jwk }) => jwk) })

describe('an issuer', () => {
  it('is found by its name, and no request follows a redirect or says more than it has to', async () => {
    const { fetch, asked, inits } = web({ [OF_OAUTH]: METADATA })
    expect(await discover(ISSUER, { fetch })).toEqual({ ok: true, metadata: METADATA })
    expect(asked).toEqual([OF_OAUTH])
    expect(inits).toMatchObject([{ redirect: 'manual', headers: { accept: 'application/json' } }])
  })

  it.each([
    [
      'https://a.test',
      ['https://a.test/.well-known/oauth-authorization-server', 'https://a.test/.well-known/openid-configuration'],
    ],
    [
      'https://a.test/',
      ['https://a.test/.well-known/oauth-authorization-server', 'https://a.test/.well-known/openid-configuration'],
    ],
    [
      'https://a.test/t/1',
      [
        'https://a.test/.well-known/oauth-authorization-server/t/1',
        'https://a.test/.well-known/openid-configuration/t/1',
        'https://a.test/t/1/.well-known/openid-configuration',
      ],
    ],
  ])(
    'A15.7 called %s is looked for at its own addresses alone, and is it only by exactly its name',
    async (issuer, addresses) => {
      const { fetch, asked } = web({})
      expect(await discover(issuer, { fetch })).toEqual({ ok: false, reason: 'status' })
      expect(asked).toEqual(addresses)
      for (const address of addresses) {
        const { fetch } = web({ [address]: { ...METADATA, issuer } })
        expect(await discover(issuer, { fetch })).toMatchObject({ ok: true, metadata: { issuer } })
      }
    },
  )

  it.each([
    `${ISSUER}/`,
    'http://auth.acme.dev',
    'https://AUTH.acme.dev',
    'https://auth.acme.dev:443',
    'https://evil.test',
    `${ISSUER}/tenant`,
    [ISSUER],
    undefined,
  ])('A15.7 is refused where its metadata is of %j, and nobody else is asked', async (issuer) => {
    const { fetch, asked } = web({ [OF_OAUTH]: { ...METADATA, issuer }, [OF_OPENID]: METADATA })
    expect(await discover(ISSUER, { fetch })).toEqual({ ok: false, reason: 'mismatch' })
    expect(asked).toEqual([OF_OAUTH])
  })

  it.each([
    ['keys without TLS', { jwks_uri: 'http://keys.acme.dev/jwks' }],
    ['keys on this machine', { jwks_uri: 'http://127.0.0.1/jwks' }],
    ['keys in a file', { jwks_uri: 'file:///etc/passwd' }],
    ['keys in itself', { jwks_uri: 'data:application/json,{}' }],
    ['keys behind a password', { jwks_uri: 'https://u:p@keys.acme.dev/jwks' }],
    ['keys that are no address', { jwks_uri: '/jwks' }],
    ['a list of keys', { jwks_uri: [JWKS] }],
    ['no keys', { jwks_uri: undefined }],
    ['an endpoint without TLS', { token_endpoint: 'http://auth.acme.dev/token' }],
    ['an endpoint that is a script', { authorization_endpoint: 'javascript:alert(1)' }],
    ['an endpoint of the metadata service', { introspection_endpoint: 'http://169.254.169.254/latest' }],
  ])('A15.9 that names %s is not called', async (_, changes) => {
    const { fetch, asked } = web({ [OF_OAUTH]: { ...METADATA, ...changes } })
    expect(await discover(ISSUER, { fetch })).toEqual({ ok: false, reason: 'malformed' })
    expect(await discoveredKeys(ISSUER, { fetch }).find('k')).toBe('unavailable')
    expect(new Set(asked)).toEqual(new Set([OF_OAUTH]))
  })

  it.each([
    ['a redirect', new Response('', { status: 302, headers: { location: 'https://evil.test' } }), 'status'],
    ['too much', new Response(`{"issuer":"${ISSUER}","x":"${'x'.repeat(128 * 1024)}"}`), 'too_large'],
    [
      'two names',
      new Response(`{"issuer":"https://evil.test","issuer":"${ISSUER}","jwks_uri":"${JWKS}"}`),
      'malformed',
    ],
    ['a page', new Response('<html>'), 'malformed'],
    ['a list', new Response('[]'), 'malformed'],
    ['a failure', () => Promise.reject(new Error('down')), 'network'],
    ['nothing', () => new Promise(() => {}), 'timeout'],
  ])('that answers %s is not known', async (_, page, reason) => {
    const { fetch } = web({ [OF_OAUTH]: page })
    expect(await discover(ISSUER, { fetch, timeout: 50 })).toEqual({ ok: false, reason })
  })

  it.each(['', 'auth.acme.dev', 'http://auth.acme.dev', `${ISSUER}?a=b`, `${ISSUER}#`, 'https://u:p@auth.acme.dev', 7])(
    'A15.7 cannot be %j',
    async (issuer) => {
      await expect(discover(issuer as string)).rejects.toMatchObject({ code: 'invalid_option' })
      expect(() => discoveredKeys(issuer as string)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    },
  )

  it('is asked as the options say, and they are checked', async () => {
    for (const options of [{ timeout: 0 }, { fetch: 7 }, { redirect: true }, null]) {
      await expect(discover(ISSUER, options as never)).rejects.toMatchObject({ code: 'invalid_option' })
      expect(() => discoveredKeys(ISSUER, options as never)).toThrow(
        expect.objectContaining({ code: 'invalid_option' }),
      )
    }
  })
})

describe('the keys of an issuer that is known by its name', () => {
  it('verify its tokens, and are fetched once for all who ask', async () => {
    const world = web({ [OF_OPENID]: METADATA, [JWKS]: set(one) })
    const keys = world.keysOf()
    const clock = { now: () => 2e12 }
    const verifier = createJwtVerifier({ issuer: 'https://as.test', audience: RESOURCE, keys, clock })
    const checks = Array.from({ length: 50 }, () => verifier.verify(one.token(header(one), claims())))
    expect(new Set((await Promise.all(checks)).map(({ ok }) => ok))).toEqual(new Set([true]))
    expect(world.asked).toEqual([OF_OAUTH, OF_OPENID, JWKS])
  })

  it('are followed where they move, and kept while they cannot be had', async () => {
    const world = web({ [OF_OAUTH]: METADATA, [JWKS]: set(one) })
    const keys = world.keysOf()
    expect(await keys.find(kids.one)).toMatchObject({ kid: kids.one })
    world.pages = {
      [OF_OAUTH]: { ...METADATA, jwks_uri: 'https://new.acme.dev/jwks' },
      'https://new.acme.dev/jwks': set(two),
    }
    world.clock.advance('30s')
    expect(await keys.find(kids.two)).toMatchObject({ kid: kids.two })
    world.pages = { [OF_OAUTH]: { ...METADATA, issuer: 'https://evil.test', jwks_uri: JWKS }, [JWKS]: set(one) }
    world.clock.advance('30s')
    expect(await keys.find(kids.one)).toBe('unavailable')
    expect(await keys.find(kids.two)).toMatchObject({ kid: kids.two })
    const detail = { reason: 'mismatch', kept: true }
    expect(world.events).toEqual([{ type: 'keys.not_fetched', at: null, about: ISSUER, detail }])
  })

  it('A15.3 are not looked for again by a flood of key ids', async () => {
    const world = web({ [OF_OAUTH]: METADATA, [JWKS]: set(one) })
    const keys = world.keysOf()
    await keys.find(kids.one)
    world.clock.advance('30s')
    world.asked.length = 0
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => keys.find(`k_${i}`)))
    for (let i = 0; i < 100; i++) await keys.find(`more_${i}`)
    expect(world.asked).toEqual([OF_OAUTH, JWKS])
  })

  it('A15.9 are had from this machine by a fetch that the host injects, and by no other', async () => {
    const server = createServer((req, res) => {
      const { port } = server.address() as AddressInfo
      const issuer = `http://127.0.0.1:${port}`
      const pages: Record<string, unknown> = {
        '/.well-known/oauth-authorization-server': { issuer, jwks_uri: `${issuer}/jwks` },
        '/jwks': set(one),
      }
      res.end(JSON.stringify(pages[req.url ?? '']))
    })
    onTestFinished(() => void server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await discoveredKeys(issuer, { fetch }).find(kids.one)).toMatchObject({ kid: kids.one })
    expect(() => discoveredKeys(issuer)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })
})
