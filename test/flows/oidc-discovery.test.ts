import { describe, expect, it } from 'vitest'
import { flowTransports, ISSUER, world } from '../oauth/support.js'

const PATH = '/.well-known/openid-configuration'

describe.each(flowTransports)('OpenID Connect Discovery $name', (over) => {
  it('a server of OpenID Connect says all that the standard demands', async () => {
    const openid = { claims: () => ({}), claimsSupported: ['name', 'email'], acrValues: ['pwd', 'mfa'] }
    const { call } = await world({ over, openid })
    expect(await (await call(PATH)).json()).toMatchObject({
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/oauth/authorize`,
      token_endpoint: `${ISSUER}/oauth/token`,
      userinfo_endpoint: `${ISSUER}/oauth/userinfo`,
      jwks_uri: `${ISSUER}/oauth/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'acr', 'nonce', 'name', 'email'],
      acr_values_supported: ['pwd', 'mfa'],
      claims_parameter_supported: false,
      request_parameter_supported: false,
      // The standard takes it for true where it is absent.
      request_uri_parameter_supported: false,
    })
  })

  it('a server without OpenID Connect says what the standard demands too, so that whoever reads its form of metadata can', async () => {
    const { call } = await world({ over })
    const document = (await (await call(PATH)).json()) as Record<string, unknown>
    expect(document).toMatchObject({
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/oauth/authorize`,
      token_endpoint: `${ISSUER}/oauth/token`,
      jwks_uri: `${ISSUER}/oauth/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    })
    expect(document.scopes_supported).not.toContain('openid')
  })

  it('both documents are the same', async () => {
    const { call } = await world({ over })
    const texts = [PATH, '/.well-known/oauth-authorization-server'].map(async (path) => (await call(path)).text())
    const [openid, oauth] = await Promise.all(texts)
    expect(openid).toBe(oauth)
  })
})

describe('the options of OpenID Connect', () => {
  it.each([
    ['no callback', {}],
    ['a name that is no option', { claims: () => ({}), scopes: [] }],
    ['claims that are no names', { claims: () => ({}), claimsSupported: [1] }],
    ['ways to sign in that are none', { claims: () => ({}), acrValues: 'mfa' }],
  ])('are refused with %s', async (_, openid) => {
    await expect(world({ openid: openid as never })).rejects.toMatchObject({ code: 'invalid_option' })
  })

  it('need keys', async () => {
    const options = {
      openid: { claims: () => ({}) },
      resources: [{ id: 'https://rs.test', format: 'opaque' as const }],
    }
    await expect(world({ ...options, keys: undefined as never })).rejects.toMatchObject({ code: 'invalid_option' })
  })
})
