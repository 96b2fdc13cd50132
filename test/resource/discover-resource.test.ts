import { createGuard, discoverResource, jwts } from 'tokenloop/resource'
import { describe, expect, it } from 'vitest'
import { ISSUER, realm } from './jwt-support.js'
import { catalogue } from './support.js'

const RESOURCE = 'https://acme.dev/mcp'
const ADDRESS = 'https://acme.dev/.well-known/oauth-protected-resource/mcp'

const answering = (page: unknown) => async (url: string) =>
  url === ADDRESS ? new Response(JSON.stringify(page)) : new Response('', { status: 404 })

describe('the metadata of an API, to a client that knows its address alone', () => {
  it('says where to get tokens, as the guard of that API does', async () => {
    const { keys, clock } = await realm()
    const guard = createGuard({ resource: RESOURCE, catalogue, accept: [jwts({ issuer: ISSUER, keys, clock })] })
    const found = await discoverResource(RESOURCE, { fetch: answering(guard.metadata()) })
    expect(found).toMatchObject({ ok: true, metadata: { resource: RESOURCE, authorization_servers: [ISSUER] } })
  })

  it.each([
    `${RESOURCE}/`,
    'https://acme.dev',
    'http://acme.dev/mcp',
    'https://ACME.dev/mcp',
    'https://evil.test/mcp',
    [RESOURCE],
    undefined,
  ])('A15.8 is refused where it is of %j', async (resource) => {
    const fetch = answering({ resource, authorization_servers: [ISSUER] })
    expect(await discoverResource(RESOURCE, { fetch })).toEqual({ ok: false, reason: 'mismatch' })
  })

  it.each([undefined, [], ISSUER, [7], ['javascript:alert(1)'], [ISSUER, 'file:///etc/passwd']])(
    'is refused where it names the authorization servers %j',
    async (authorization_servers) => {
      const fetch = answering({ resource: RESOURCE, authorization_servers })
      expect(await discoverResource(RESOURCE, { fetch })).toEqual({ ok: false, reason: 'malformed' })
    },
  )

  it('is nowhere else, and not that of what has no address', async () => {
    expect(await discoverResource('https://acme.dev/api', { fetch: answering({}) })).toEqual({
      ok: false,
      reason: 'status',
    })
    for (const resource of ['urn:acme:api', 'http://acme.dev/mcp', `${RESOURCE}#a`, 7]) {
      await expect(discoverResource(resource as string)).rejects.toMatchObject({ code: 'invalid_option' })
    }
    for (const options of [{ timeout: 0 }, { fetch: 7 }, { redirect: true }]) {
      await expect(discoverResource(RESOURCE, options as never)).rejects.toMatchObject({ code: 'invalid_option' })
    }
  })
})
