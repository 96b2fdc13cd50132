import { describe, expect, it } from 'vitest'
import { RESOURCE_CHECKS } from '../../src/cli/doctor/checks/resource.js'
import { SERVER_CHECKS } from '../../src/cli/doctor/examination.js'
import type { Front } from '../interop/support.js'
import { answers, deployment, doctor, findingsOf, headers, members, report } from './doctor-support.js'
import { project } from './support.js'

const IDS = [...RESOURCE_CHECKS, ...SERVER_CHECKS].map(({ id }) => id)

/** What takes no part where nothing is wrong. */
const NOT_LOOKED_AT = ['authorize.307']

describe('tokenloop doctor on a deployment of ours', () => {
  it('finds nothing wrong with a resource and its authorization server, over HTTP', async () => {
    const { resource, issuer, args } = await deployment()
    const found = await report(resource, ...args)
    expect(found).toMatchObject({ code: 0, failed: 0, warned: 0 })
    expect(found.sections.map(({ of, address }) => [of, address])).toEqual([
      ['protected resource', resource],
      ['authorization server', issuer],
    ])
    const findings = findingsOf(found)
    expect([...findings.keys()]).toEqual(IDS)
    expect(IDS.filter((id) => findings.get(id)?.result !== 'passed')).toEqual(NOT_LOOKED_AT)
  })

  it.each(['', '/as'])('finds nothing wrong with an issuer whose path is "%s"', async (path) => {
    const { issuer, args } = await deployment(undefined, { path })
    const { sections, ...found } = await report(issuer, ...args)
    expect(found).toMatchObject({ code: 0, failed: 0, warned: 0 })
    expect(sections).toMatchObject([{ of: 'authorization server', address: issuer }])
  })

  it('registers no client, and is refused by everything that it asks', async () => {
    const asked: [string, number][] = []
    const front: Front = async (request, answer) => {
      const given = await answer(request)
      if (request.method === 'POST') asked.push([new URL(request.url).pathname, given.status])
      return given
    }
    const { resource, args } = await deployment(front)
    await report(resource, ...args)
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.filter(([, status]) => status < 400)).toEqual([])
  })

  it('prints a table', async () => {
    const { issuer, args } = await deployment()
    const { code, stdout, stderr } = await doctor(issuer, ...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^authorization server http:\/\/localhost:\d+\/as$/m)
    expect(stdout).toMatch(/^ {2}ok {7}metadata\.issuer +RFC 8414 §3\.3, MCP +it names exactly this issuer$/m)
    expect(stdout).toMatch(/^\d+ passed, 0 failed, 0 warned, \d+ skipped$/m)
  })

  it('looks for the metadata of a resource where RFC 9728 section 3.1 puts it: with the slash that its path ends with', async () => {
    const asked: string[] = []
    const { resource, args } = await deployment((request, answer) => {
      asked.push(new URL(request.url).pathname)
      return answer(request)
    })
    await doctor(`${resource}/`, ...args)
    const { pathname } = new URL(resource)
    expect(asked).toContain(`/.well-known/oauth-protected-resource${pathname}/`)
    expect(asked).not.toContain(`/.well-known/oauth-protected-resource${pathname}`)
  })
})

const SERVER = /oauth-authorization-server|openid-configuration/
const OAUTH = /oauth-authorization-server/
const RESOURCE = /oauth-protected-resource/
const API = /^\/mcp$/
const TOKEN = /\/oauth\/token$/
const AUTHORIZE = /\/oauth\/authorize$/
const KEYS = /\/oauth\/jwks$/

const redirect = (status: number, to: string) => new Response(null, { status, headers: { location: to } })
const granted = () => Response.json({ ok: true })
const keySet = (changed: (key: Record<string, unknown>) => unknown[]) =>
  members(KEYS, ({ keys }) => ({ keys: (keys as Record<string, unknown>[]).flatMap(changed) }))
/** Back to whatever redirect URI was sent, with these parameters. */
const backWith = (parameters: string) => (request: Request) =>
  redirect(303, `${new URL(request.url).searchParams.get('redirect_uri')}?${parameters}`)
const unlessPkce =
  (other: (request: Request) => Response): Front =>
  (request, answer) =>
    AUTHORIZE.test(new URL(request.url).pathname) && !request.url.includes('code_challenge')
      ? Promise.resolve(other(request))
      : answer(request)

/** What is done wrong, for each check. */
const FAULTS: readonly (readonly [id: string, result: 'failed' | 'warned', fault: Front])[] = [
  ['resource.challenge', 'failed', answers(API, () => new Response(null, { status: 401 }))],
  ['resource.challenge', 'failed', answers(API, granted)],
  ['resource.pointer', 'warned', headers(API, { 'www-authenticate': 'Bearer realm="api"' })],
  ['resource.pointer', 'warned', headers(API, { 'www-authenticate': 'Bearer resource_metadata="http://a.test/"' })],
  ['resource.metadata', 'failed', answers(RESOURCE, () => new Response(null, { status: 404 }))],
  ['resource.well-known', 'warned', answers(RESOURCE, () => new Response(null, { status: 404 }))],
  ['resource.redirect', 'failed', answers(RESOURCE, () => redirect(302, '/elsewhere'))],
  ['resource.type', 'failed', headers(RESOURCE, { 'content-type': 'text/html' })],
  ['resource.type', 'failed', answers(RESOURCE, () => Response.json([]))],
  ['resource.name', 'failed', members(RESOURCE, { resource: 'https://api.other.test' })],
  ['resource.servers', 'failed', members(RESOURCE, { authorization_servers: [] })],
  ['resource.servers', 'failed', members(RESOURCE, { authorization_servers: ['http://auth.acme.test'] })],
  ['resource.scopes', 'warned', members(RESOURCE, { scopes_supported: undefined })],
  ['resource.methods', 'failed', members(RESOURCE, { bearer_methods_supported: ['header', 'query'] })],
  [
    'resource.token-in-query',
    'failed',
    async (request, answer) => (request.url.includes('access_token=') ? granted() : answer(request)),
  ],
  [
    'resource.invalid-token',
    'failed',
    async (request, answer) => (request.headers.has('authorization') ? granted() : answer(request)),
  ],
  ['resource.invalid-token', 'failed', headers(API, { 'www-authenticate': 'Bearer realm="api"' })],
  ['resource.cors', 'warned', headers(RESOURCE, { 'access-control-allow-origin': null })],
  ['resource.cors', 'warned', headers(RESOURCE, { 'access-control-allow-credentials': 'true' })],
  ['metadata.oauth', 'warned', answers(OAUTH, () => new Response(null, { status: 404 }))],
  ['metadata.appended', 'warned', answers(/^\/as\/.well-known/, () => new Response(null, { status: 404 }))],
  ['metadata.same', 'failed', members(OAUTH, { token_endpoint: 'https://other.test/token' })],
  ['metadata.redirect', 'failed', answers(OAUTH, () => redirect(301, 'https://other.test/'))],
  ['metadata.type', 'failed', headers(SERVER, { 'content-type': 'text/plain' })],
  ['metadata.json', 'failed', answers(OAUTH, () => new Response('{"issuer":"a","issuer":"b"}'))],
  ['metadata.json', 'failed', answers(OAUTH, () => new Response('<!doctype html>'))],
  ['metadata.issuer', 'failed', members(SERVER, ({ issuer }) => ({ issuer: `${issuer}/` }))],
  ['metadata.endpoints', 'failed', members(SERVER, { token_endpoint: undefined })],
  ['metadata.endpoints', 'failed', members(SERVER, { response_types_supported: [] })],
  ['metadata.https', 'failed', members(SERVER, { revocation_endpoint: 'http://auth.acme.test/revoke' })],
  ['metadata.https', 'failed', members(SERVER, { jwks_uri: 'https://user:secret@auth.acme.test/jwks' })],
  ['metadata.cors', 'warned', headers(SERVER, { 'access-control-allow-origin': 'https://page.invalid' })],
  ['pkce.s256', 'failed', members(SERVER, { code_challenge_methods_supported: undefined })],
  ['pkce.s256', 'failed', members(SERVER, { code_challenge_methods_supported: ['plain'] })],
  ['pkce.plain', 'warned', members(SERVER, { code_challenge_methods_supported: ['S256', 'plain'] })],
  ['flows.implicit', 'failed', members(SERVER, { response_types_supported: ['code', 'code token'] })],
  ['flows.implicit', 'failed', members(SERVER, { grant_types_supported: ['implicit'] })],
  ['flows.implicit', 'failed', members(SERVER, { grant_types_supported: undefined })],
  ['flows.password', 'failed', members(SERVER, { grant_types_supported: ['authorization_code', 'password'] })],
  ['iss.advertised', 'warned', members(SERVER, { authorization_response_iss_parameter_supported: undefined })],
  ['clients.unsigned', 'failed', members(SERVER, { token_endpoint_auth_signing_alg_values_supported: ['none'] })],
  [
    'clients.unknown',
    'warned',
    members(SERVER, { client_id_metadata_document_supported: false, registration_endpoint: undefined }),
  ],
  ['keys.found', 'failed', answers(KEYS, () => new Response(null, { status: 404 }))],
  ['keys.found', 'failed', keySet(() => [])],
  ['keys.public', 'failed', keySet((key) => [{ ...key, d: 'AAAA' }])],
  ['keys.public', 'failed', keySet((key) => [key, { kty: 'oct', kid: 'secret', k: 'AAAA' }])],
  ['keys.ids', 'failed', keySet((key) => [key, key])],
  ['keys.ids', 'failed', keySet((key) => [{ ...key, kid: undefined }])],
  ['keys.strength', 'failed', keySet(() => [{ kty: 'RSA', kid: 'r', e: 'AQAB', n: 'A'.repeat(171) }])],
  [
    'token.get',
    'failed',
    async (request, answer) => (request.method === 'GET' && TOKEN.test(request.url) ? granted() : answer(request)),
  ],
  ['token.errors', 'failed', answers(TOKEN, () => new Response('<h1>Bad request</h1>', { status: 400 }))],
  ['token.errors', 'failed', answers(TOKEN, () => Response.json({ error: 'server_error' }, { status: 500 }))],
  ['token.no-store', 'failed', headers(TOKEN, { 'cache-control': 'private' })],
  ['token.nosniff', 'warned', headers(TOKEN, { 'x-content-type-options': null })],
  ['token.unknown-grant', 'failed', answers(TOKEN, granted)],
  ['token.password', 'failed', answers(TOKEN, () => Response.json({ error: 'invalid_grant' }, { status: 400 }))],
  ['authorize.unknown-client', 'failed', answers(AUTHORIZE, backWith('error=invalid_request'))],
  ['authorize.unknown-client', 'failed', answers(AUTHORIZE, () => new Response(null, { status: 500 }))],
  [
    'authorize.redirect-uri',
    'failed',
    async (request, answer) =>
      AUTHORIZE.test(new URL(request.url).pathname) && !request.url.includes('unknown')
        ? backWith('error=invalid_request')(request)
        : answer(request),
  ],
  ['authorize.pkce', 'failed', unlessPkce(backWith('code=c'))],
  ['authorize.iss', 'failed', unlessPkce(backWith('error=invalid_request'))],
  ['authorize.iss', 'failed', unlessPkce(backWith('error=invalid_request&iss=https%3A%2F%2Fother.test'))],
  ['authorize.framing', 'failed', headers(AUTHORIZE, { 'content-security-policy': null, 'x-frame-options': null })],
  ['authorize.referrer', 'warned', headers(AUTHORIZE, { 'referrer-policy': 'unsafe-url' })],
  ['authorize.cors', 'failed', headers(AUTHORIZE, { 'access-control-allow-origin': '*' })],
  ['authorize.307', 'failed', answers(AUTHORIZE, () => redirect(307, '/login'))],
  ['introspect.authentication', 'failed', answers(/introspect/, () => Response.json({ active: false }))],
  ['revoke.authentication', 'warned', answers(/revoke/, () => new Response())],
  ['push.unknown-client', 'failed', answers(/\/par$/, () => Response.json({ request_uri: 'urn:x' }, { status: 201 }))],
  ['device.unknown-client', 'failed', answers(/oauth\/device/, () => Response.json({ user_code: 'A' }))],
  ['register.redirect-uri', 'failed', answers(/register/, () => Response.json({ client_id: 'c' }, { status: 201 }))],
  ['userinfo.token', 'failed', answers(/userinfo/, () => Response.json({ sub: 'alice' }))],
  ['userinfo.token', 'failed', answers(/userinfo/, () => new Response(null, { status: 401 }))],
]

describe('tokenloop doctor sees what is wrong:', () => {
  it.each(FAULTS)('%s %s', async (id, result, fault) => {
    const { resource, issuer, args } = await deployment(fault)
    const [ofResource, ofServer] = [await report(resource, ...args), await report(issuer, ...args)]
    const { code, ...found } = id.startsWith('resource.') ? ofResource : ofServer
    expect(findingsOf(found).get(id)).toMatchObject({ result, why: expect.stringMatching(/./) })
    if (result === 'failed') expect(code).toBe(1)
  })

  it('metadata.found, where there is none', async () => {
    const { issuer, args } = await deployment(answers(/^\//, () => new Response(null, { status: 404 })))
    const { code, ...found } = await report(issuer, ...args)
    expect(code).toBe(1)
    expect(findingsOf(found).get('metadata.found')?.result).toBe('failed')
  })

  it.each([
    ['issuer.form', '/as?tenant=1'],
    ['resource.form', '/mcp#top'],
  ])('%s, of an address that is none', async (id, path) => {
    const { issuer, args } = await deployment()
    const { code, ...found } = await report(new URL(path, issuer).href, ...args)
    expect(code).toBe(1)
    expect(findingsOf(found).get(id)?.result).toBe('failed')
  })

  it('every check was seen to fail', () => {
    const apart = ['metadata.found', 'issuer.form', 'resource.form']
    expect([...new Set([...FAULTS.map(([id]) => id), ...apart])].sort()).toEqual([...IDS].sort())
  })

  it('and where a check looks at nothing it says so: another client of a server that asks for a sign-in first', async () => {
    const { issuer, args } = await deployment(answers(AUTHORIZE, () => redirect(303, '/login')))
    const findings = findingsOf(await report(issuer, ...args))
    expect(findings.get('authorize.307')?.result).toBe('passed')
    for (const id of ['authorize.pkce', 'authorize.iss', 'authorize.framing'])
      expect(findings.get(id)).toMatchObject({ result: 'skipped', why: expect.stringMatching(/./) })
    const strangers = findingsOf(await report(issuer, '--loopback'))
    for (const id of ['authorize.pkce', 'authorize.redirect-uri'])
      expect(strangers.get(id)).toMatchObject({ result: 'skipped', why: expect.stringContaining('--client') })
  })
})

describe('tokenloop doctor is asked for what it cannot do', () => {
  it.each([
    ['http://localhost:1', /--loopback/],
    ['http://auth.acme.dev', /--loopback/],
    ['auth.acme.dev', /https:/],
    ['https://user:secret@auth.acme.dev', /https:/],
  ])('%s is refused, and nothing is asked', async (url, words) => {
    const { code, stdout, stderr } = await doctor(url)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(words)
  })

  it('http: beyond this machine is refused with --loopback as well', async () => {
    expect(await doctor('http://auth.acme.dev', '--loopback')).toMatchObject({ code: 2 })
  })

  it.each(['0', '-1', 'soon', '3600'])('--timeout %s is refused', async (timeout) => {
    expect(await doctor('https://auth.acme.dev', '--timeout', timeout)).toMatchObject({ code: 2 })
  })
})

describe('tokenloop doctor as a process', () => {
  const { tokenloop } = project([])

  it('ends with 0 where all is well, and with 2 where nobody listens', async () => {
    const { issuer, args } = await deployment()
    expect(await tokenloop(['doctor', issuer, ...args])).toMatchObject({ code: 0, stderr: '' })
    expect(await tokenloop(['doctor', 'http://localhost:1', '--loopback'])).toMatchObject({ code: 2, stdout: '' })
  })
})
