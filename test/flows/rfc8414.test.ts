import { system } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { RULES } from '../../src/oauth/refusal.js'
import { flowTransports, ISSUER, RESOURCE, world } from '../oauth/support.js'

const WELL_KNOWN = '/.well-known/oauth-authorization-server'
const OPENID = '/.well-known/openid-configuration'
const openid = { claims: () => ({}), claimsSupported: ['name'], acrValues: ['mfa'] }

describe.each(flowTransports)('RFC 8414 $name', (over) => {
  const metadataOf = async (options: Parameters<typeof world>[0] = {}) => {
    const w = await world({ over, ...options })
    return { ...w, metadata: (await (await w.call(WELL_KNOWN)).json()) as Record<string, unknown> }
  }

  it('A7.12 the document names S256 alone, the issuer, and all that the server speaks', async () => {
    const { metadata } = await metadataOf()
    expect(metadata).toMatchObject({
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/oauth/authorize`,
      token_endpoint: `${ISSUER}/oauth/token`,
      pushed_authorization_request_endpoint: `${ISSUER}/oauth/par`,
      device_authorization_endpoint: `${ISSUER}/oauth/device`,
      jwks_uri: `${ISSUER}/oauth/jwks`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
      protected_resources: [RESOURCE],
    })
  })

  it('A19.9 documents and keys may be cached for a stated time, have their type, and are not to be guessed at', async () => {
    const { call } = await world({ over })
    for (const path of [WELL_KNOWN, OPENID, '/oauth/jwks']) {
      const response = await call(path)
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/)
      expect(response.headers.has('pragma')).toBe(false)
      expect(response.headers.get('content-type')).toMatch(/^application\/(jwk-set\+)?json$/)
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
    }
  })

  it('A19.13 an issuer with a path has its documents before the path and after it, and other paths have none', async () => {
    const issuer = 'https://as.test/tenant'
    const { auth } = await world({ over, issuer })
    const get = (path: string) => auth.handle(new Request(`https://as.test${path}`))
    for (const path of [`${WELL_KNOWN}/tenant`, `/tenant${WELL_KNOWN}`, `${OPENID}/tenant`, `/tenant${OPENID}`]) {
      expect(await (await get(path))?.json()).toMatchObject({ issuer, token_endpoint: `${issuer}/oauth/token` })
    }
    for (const path of [
      WELL_KNOWN,
      `${WELL_KNOWN}/other`,
      `/other${WELL_KNOWN}`,
      `${WELL_KNOWN}/tenant/`,
      `${OPENID}/`,
    ]) {
      expect(await get(path), path).toBeUndefined()
    }
  })

  it('A19.12 what a request says of its host changes nothing', async () => {
    const { auth } = await world({ over })
    const headers = { host: 'evil.test', 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test' }
    const text = await (await auth.handle(new Request(`${ISSUER}${WELL_KNOWN}`, { headers })))?.text()
    expect(text).not.toContain('evil')
    const elsewhere = await auth.handle(new Request(`https://evil.test${WELL_KNOWN}`))
    expect(await elsewhere?.text()).toBe(text)
  })

  it('every endpoint that it names answers, and none answers that it does not name', async () => {
    const { metadata, auth } = await metadataOf({ openid })
    const named = Object.entries(metadata).filter(([name]) => /(_endpoint|jwks_uri)$/.test(name))
    expect(named.length).toBeGreaterThanOrEqual(6)
    for (const [name, url] of named) {
      const response = await auth.handle(new Request(String(url), { method: 'DELETE' }))
      if (name === 'authorization_endpoint') expect(response).toBeUndefined()
      else expect(response?.status, name).toBe(405)
    }
    const without = await metadataOf()
    expect(without.metadata).not.toHaveProperty('userinfo_endpoint')
    expect(await without.auth.handle(new Request(`${ISSUER}/oauth/userinfo`))).toBeUndefined()
  })

  it('every grant type that it names is taken, and no other one', async () => {
    const { metadata, post, publicClient } = await metadataOf()
    const client = await publicClient()
    const errorFor = async (type: string) =>
      (await post('/oauth/token', { grant_type: type, client_id: client })).body.error
    for (const type of metadata.grant_types_supported as string[]) {
      expect(await errorFor(type), type).not.toBe('unsupported_grant_type')
    }
    for (const type of ['password', 'implicit', 'toString', 'urn:ietf:params:oauth:grant-type:jwt-bearer']) {
      expect(await errorFor(type), type).toBe('unsupported_grant_type')
    }
  })

  it('every scope that it names can be asked for, and no other one', async () => {
    const { metadata, authorize, publicClient } = await metadataOf({ openid })
    const client = await publicClient()
    for (const scope of metadata.scopes_supported as string[]) {
      expect((await authorize(client, { scope })).location?.searchParams.get('error'), scope).toBeNull()
    }
    expect(metadata.scopes_supported).toEqual([
      'read',
      'write',
      'admin',
      'openid',
      'profile',
      'email',
      'offline_access',
    ])
    const { location } = await authorize(client, { scope: 'phone' })
    expect(location?.searchParams.get('error')).toBe('invalid_scope')
  })

  it('every way to answer, prompt and challenge that it names is taken, and no other one', async () => {
    const { metadata, authorize, publicClient } = await metadataOf({ openid })
    const client = await publicClient()
    const errorOf = async (fields: Record<string, string>) =>
      (await authorize(client, fields)).location?.searchParams.get('error') ?? null
    const tables = {
      response_type: [metadata.response_types_supported, 'token'],
      response_mode: [metadata.response_modes_supported, 'fragment'],
      code_challenge_method: [metadata.code_challenge_methods_supported, 'plain'],
      prompt: [metadata.prompt_values_supported, 'create'],
    } as const
    for (const [name, [supported, other]] of Object.entries(tables)) {
      for (const value of supported as string[]) {
        expect([null, 'login_required', 'consent_required'], `${name}=${value}`).toContain(
          await errorOf({ [name]: value }),
        )
      }
      expect(await errorOf({ [name]: other }), `${name}=${other}`).not.toBeNull()
    }
  })

  it('every way to authenticate that it names can be registered', async () => {
    const { metadata, auth } = await metadataOf()
    for (const authMethod of metadata.token_endpoint_auth_methods_supported as string[]) {
      if (authMethod === 'private_key_jwt') continue
      const made = await auth.clients.create({
        by: system,
        redirectUris: ['https://a.test/cb'],
        authMethod: authMethod as 'none',
      })
      expect(made.client.metadata.token_endpoint_auth_method).toBe(authMethod)
    }
  })
})

describe.each(flowTransports)('RFC 9728 $name', (over) => {
  it('the resources on the issuer’s origin have their document, and no others', async () => {
    const resources = [
      { id: 'https://as.test/mcp', scopes: ['read'] as const },
      { id: 'https://as.test' },
      { id: 'https://rs.test/mcp' },
      { id: 'urn:acme:api' },
    ]
    const { auth, call } = await world({ over, resources })
    expect(await (await call('/.well-known/oauth-protected-resource/mcp')).json()).toEqual({
      resource: 'https://as.test/mcp',
      authorization_servers: [ISSUER],
      scopes_supported: ['read'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['ES256'],
    })
    const root = await call('/.well-known/oauth-protected-resource')
    expect(await root.json()).toMatchObject({ resource: 'https://as.test' })
    expect(root.headers.get('cache-control')).toBe('public, max-age=300')
    const other = new Request(`${ISSUER}/.well-known/oauth-protected-resource/other`)
    expect(await auth.handle(other)).toBeUndefined()
  })
})

it('A19.16 what any rule says on the wire has only the characters of RFC 6749', () => {
  for (const [error, description] of Object.values(RULES)) {
    expect(`${error}${description}`).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  }
})
