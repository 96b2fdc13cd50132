import * as client from 'openid-client'
import { system } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { browse, type Served, served } from './support.js'

const CALLBACK = 'http://127.0.0.1:4711/callback'
const OPENID: Served = { openid: { claims: (subject) => ({ name: 'Alice', email: `${subject}@acme.dev` }) } }

async function configured(path = '') {
  const { issuer, auth } = await served({ ...OPENID, path })
  const made = await auth.clients.create({ by: system, redirectUris: [CALLBACK], authMethod: 'client_secret_post' })
  const options = { execute: [client.allowInsecureRequests] }
  const config = await client.discovery(new URL(issuer), made.client.id, made.secret?.reveal(), undefined, options)
  return { config, issuer }
}

/** Signs alice in; every check of the library is on. */
async function signedIn(config: client.Configuration, more: Readonly<Record<string, string>> = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const expectedNonce = client.randomNonce()
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...more,
  })
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  const maxAge = more.max_age === undefined ? {} : { maxAge: Number(more.max_age) }
  return client.authorizationCodeGrant(config, await browse(address), { ...checks, ...maxAge })
}

describe('openid-client', () => {
  it.each(['', '/tenants/acme'])('signs a user in, from discovery to userinfo, at an issuer at %j', async (path) => {
    const { config, issuer } = await configured(path)
    client.enableNonRepudiationChecks(config)
    const set = await signedIn(config)
    expect(set.claims()).toMatchObject({ iss: issuer, sub: 'alice', aud: config.clientMetadata().client_id })
    const info = await client.fetchUserInfo(config, set.access_token, 'alice')
    expect(info).toEqual({ sub: 'alice', name: 'Alice', email: 'alice@acme.dev' })
  })

  it('asks for a recent sign-in, and is told when that was', async () => {
    const { config } = await configured()
    const set = await signedIn(config, { max_age: '3600' })
    expect(set.claims()?.auth_time).toBeTypeOf('number')
  })

  it('refreshes, introspects and revokes what it got', async () => {
    const { config } = await configured()
    const set = await signedIn(config)
    const next = await client.refreshTokenGrant(config, set.refresh_token ?? '')
    expect(next.refresh_token).not.toBe(set.refresh_token)
    expect(await client.tokenIntrospection(config, next.access_token)).toMatchObject({ active: true, sub: 'alice' })
    await client.tokenRevocation(config, next.refresh_token ?? '')
    expect(await client.tokenIntrospection(config, next.access_token)).toMatchObject({ active: false })
    await expect(client.refreshTokenGrant(config, next.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })
})
