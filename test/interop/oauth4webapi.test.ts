import * as oauth from 'oauth4webapi'
import { system } from 'tokenloop'
import { createNonces } from 'tokenloop/jwt'
import { describe, expect, it } from 'vitest'
import { browse, type Served, served } from './support.js'

const HTTP = { [oauth.allowInsecureRequests]: true }
const CALLBACK = 'http://127.0.0.1:4711/callback'

/** The server as the client finds it. */
async function discovered(options: Served = {}) {
  const { issuer, resource, auth } = await served(options)
  const url = new URL(issuer)
  const as = await oauth.processDiscoveryResponse(
    url,
    await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...HTTP }),
  )
  return { as, resource, auth }
}

type Found = Awaited<ReturnType<typeof discovered>>

async function publicClient({ auth }: Found): Promise<oauth.Client> {
  const { client } = await auth.clients.create({ by: system, name: 'CLI', redirectUris: ['http://127.0.0.1/callback'] })
  return { client_id: client.id }
}

/** A request for authorization, with the verifier that goes with it. */
async function asking(client: oauth.Client, more: Readonly<Record<string, string>> = {}) {
  const verifier = oauth.generateRandomCodeVerifier()
  const parameters = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: CALLBACK,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: oauth.generateRandomState(),
    ...more,
  }
  return { verifier, parameters }
}

/** Leads a browser through it, and checks what comes back. */
async function allowed({ as }: Found, client: oauth.Client, query: Readonly<Record<string, string>>, state?: string) {
  const location = await browse(`${as.authorization_endpoint}?${new URLSearchParams(query)}`)
  return oauth.validateAuthResponse(as, client, location, state)
}

async function connected(found: Found, client: oauth.Client, more: Readonly<Record<string, string>> = {}) {
  const { verifier, parameters } = await asking(client, more)
  const answer = await allowed(found, client, parameters, parameters.state)
  const { as } = found
  const response = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), answer, CALLBACK, verifier, HTTP)
  return oauth.processAuthorizationCodeResponse(as, client, response)
}

async function called(found: Found, token: string, options = {}) {
  const url = new URL(found.resource)
  const response = await oauth.protectedResourceRequest(token, 'GET', url, undefined, null, { ...HTTP, ...options })
  return response.json()
}

describe('oauth4webapi', () => {
  it('gets a code with PKCE on a loopback port of its own, redeems it, and calls the API', async () => {
    const found = await discovered()
    const client = await publicClient(found)
    const set = await connected(found, client)
    expect(set).toMatchObject({ token_type: 'bearer', expires_in: 600, scope: 'things:read things:write' })
    expect(await called(found, set.access_token)).toMatchObject({ subject: 'alice', client: client.client_id })
  })

  it('finds the authorization server by the API, which says where it is', async () => {
    const { resource, as } = await discovered()
    const url = new URL(resource)
    const response = await oauth.resourceDiscoveryRequest(url, HTTP)
    const metadata = await oauth.processResourceDiscoveryResponse(url, response)
    expect(metadata.authorization_servers).toEqual([as.issuer])
  })

  it('registers itself, as a public client', async () => {
    const found = await discovered({ registration: { open: true } })
    const metadata = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', client_name: 'CLI' }
    const response = await oauth.dynamicClientRegistrationRequest(found.as, metadata, HTTP)
    const client = await oauth.processDynamicClientRegistrationResponse(response)
    expect(await connected(found, client)).toMatchObject({ token_type: 'bearer' })
  })

  it('pushes its request first, and the browser carries nothing but where it is', async () => {
    const found = await discovered({ requirePushedRequests: true })
    const client = await publicClient(found)
    const { as } = found
    const { verifier, parameters } = await asking(client, { scope: 'things:read' })
    const pushed = await oauth.processPushedAuthorizationResponse(
      as,
      client,
      await oauth.pushedAuthorizationRequest(as, client, oauth.None(), parameters, HTTP),
    )
    const short = { client_id: client.client_id, request_uri: pushed.request_uri }
    const answer = await allowed(found, client, short, parameters.state)
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      oauth.None(),
      answer,
      CALLBACK,
      verifier,
      HTTP,
    )
    expect(await oauth.processAuthorizationCodeResponse(as, client, response)).toMatchObject({ scope: 'things:read' })
  })

  it('refreshes, and the token that it gets instead works in its turn', async () => {
    const found = await discovered()
    const client = await publicClient(found)
    const { as } = found
    let { refresh_token: token = '' } = await connected(found, client)
    const seen = new Set([token])
    for (let i = 0; i < 2; i++) {
      const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), token, HTTP)
      const set = await oauth.processRefreshTokenResponse(as, client, response)
      expect(await called(found, set.access_token)).toMatchObject({ subject: 'alice' })
      token = set.refresh_token ?? ''
      seen.add(token)
    }
    expect(seen.size).toBe(3)
  })

  it('binds its tokens to a key (DPoP), and proves it at the token endpoint and at the API', async () => {
    const found = await discovered()
    const client = await publicClient(found)
    const { as } = found
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const { verifier, parameters } = await asking(client, { dpop_jkt: await DPoP.calculateThumbprint() })
    const answer = await allowed(found, client, parameters, parameters.state)
    const bound = { ...HTTP, DPoP }
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      oauth.None(),
      answer,
      CALLBACK,
      verifier,
      bound,
    )
    const set = await oauth.processAuthorizationCodeResponse(as, client, response)
    expect(set.token_type).toBe('dpop')
    expect(await called(found, set.access_token, { DPoP })).toMatchObject({ subject: 'alice' })
    await expect(called(found, set.access_token)).rejects.toThrow()

    const again = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), set.refresh_token ?? '', bound)
    const next = await oauth.processRefreshTokenResponse(as, client, again)
    expect(await called(found, next.access_token, { DPoP })).toMatchObject({ subject: 'alice' })
  })

  it('learns the nonce that the server demands of its proofs, and goes on with it', async () => {
    const nonces = createNonces({ key: new Uint8Array(32).fill(1), server: 'https://auth.acme.dev' })
    const found = await discovered({ nonces })
    const client = await publicClient(found)
    const { as } = found
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const { verifier, parameters } = await asking(client)
    const answer = await allowed(found, client, parameters, parameters.state)
    const redeem = async () => {
      const options = { ...HTTP, DPoP }
      const response = await oauth.authorizationCodeGrantRequest(
        as,
        client,
        oauth.None(),
        answer,
        CALLBACK,
        verifier,
        options,
      )
      return oauth.processAuthorizationCodeResponse(as, client, response)
    }
    const refused = await redeem().catch((error: unknown) => error)
    expect(oauth.isDPoPNonceError(refused)).toBe(true)
    expect((await redeem()).token_type).toBe('dpop')
  })

  it('acts for itself with a secret, and is told by introspection what its token is', async () => {
    const found = await discovered()
    const { as, auth } = found
    const made = await auth.clients.create({ by: system, scopes: ['things:read'], grantTypes: ['client_credentials'] })
    const client = { client_id: made.client.id }
    const proof = oauth.ClientSecretBasic(made.secret?.reveal() ?? '')
    const response = await oauth.clientCredentialsGrantRequest(as, client, proof, {}, HTTP)
    const set = await oauth.processClientCredentialsResponse(as, client, response)
    expect(set.scope).toBe('things:read')
    expect(await called(found, set.access_token)).toMatchObject({ kind: 'client', client: client.client_id })

    const told = await oauth.introspectionRequest(as, client, proof, set.access_token, HTTP)
    const known = await oauth.processIntrospectionResponse(as, client, told)
    expect(known).toMatchObject({ active: true, client_id: client.client_id, scope: 'things:read' })
  })

  it('signs in as itself with a key (private_key_jwt), where it acts for itself and where it acts for a user', async () => {
    const found = await discovered()
    const { as, auth } = found
    const { privateKey, publicKey } = await oauth.generateKeyPair('ES256', { extractable: true })
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
    const jwk = { kty: `${kty}`, crv: `${crv}`, x: `${x}`, y: `${y}`, kid: '1', alg: 'ES256' }
    const made = await auth.clients.create({
      by: system,
      redirectUris: [CALLBACK],
      authMethod: 'private_key_jwt',
      jwks: { keys: [jwk] },
      scopes: ['things:read'],
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    })
    const client = { client_id: made.client.id }
    const proof = oauth.PrivateKeyJwt({ key: privateKey, kid: '1' })
    const itself = await oauth.clientCredentialsGrantRequest(as, client, proof, {}, HTTP)
    expect(await oauth.processClientCredentialsResponse(as, client, itself)).toMatchObject({ scope: 'things:read' })

    const { verifier, parameters } = await asking(client)
    const answer = await allowed(found, client, parameters, parameters.state)
    const forUser = await oauth.authorizationCodeGrantRequest(as, client, proof, answer, CALLBACK, verifier, HTTP)
    expect(await oauth.processAuthorizationCodeResponse(as, client, forUser)).toMatchObject({ scope: 'things:read' })
  })

  it('gives a token back, and neither it nor what came of it is taken any more', async () => {
    const found = await discovered()
    const client = await publicClient(found)
    const { as } = found
    const set = await connected(found, client)
    const token = set.refresh_token ?? ''
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, oauth.None(), token, HTTP))
    await expect(called(found, set.access_token)).rejects.toThrow()
    const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), token, HTTP)
    await expect(oauth.processRefreshTokenResponse(as, client, response)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('shows a code on a device without a browser, waits, and gets its tokens once the user has allowed it', async () => {
    const found = await discovered()
    const { as, auth } = found
    const grantTypes = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'] as const
    const made = await auth.clients.create({ by: system, name: 'TV', authMethod: 'none', grantTypes })
    const client = { client_id: made.client.id }
    const asked = await oauth.deviceAuthorizationRequest(as, client, oauth.None(), { scope: 'things:read' }, HTTP)
    const device = await oauth.processDeviceAuthorizationResponse(as, client, asked)
    const poll = async () => {
      const response = await oauth.deviceCodeGrantRequest(as, client, oauth.None(), device.device_code, HTTP)
      return oauth.processDeviceCodeResponse(as, client, response)
    }
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })
    expect((await fetch(device.verification_uri_complete ?? '')).status).toBe(200)
    const set = await poll()
    expect(await called(found, set.access_token)).toMatchObject({ subject: 'alice', scopes: ['things:read'] })
  })
})
