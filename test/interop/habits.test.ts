import { createPkce, system } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { ALICE } from './host.js'
import { browse, catalogue, type Served, served } from './support.js'

type Fields = Readonly<Record<string, string>>

async function post(url: string, fields: Fields, headers: Fields = {}) {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers })
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> }
}

/** What has the client at `client` led a browser through, with no more than it needs; `more` comes on top. */
async function codeFor(issuer: string, client: string, redirectUri: string, more: Fields = {}) {
  const { challenge, verifier } = createPkce()
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client,
    redirect_uri: redirectUri,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  })
  const location = await browse(`${issuer}/oauth/authorize?${query}`)
  return {
    location,
    fields: {
      grant_type: 'authorization_code',
      code: location.searchParams.get('code') ?? '',
      code_verifier: verifier,
    },
  }
}

async function opened(options: Served = {}) {
  const { issuer, resource, auth } = await served(options)
  const register = async (...redirectUris: readonly string[]) =>
    (await auth.clients.create({ by: system, redirectUris })).client.id
  return { issuer, resource, auth, token: `${issuer}/oauth/token`, register }
}

describe('what real clients do is served', () => {
  it('a request without scope and resource gets the defaults of the first resource, and is told so', async () => {
    const { issuer, resource, token, register } = await opened()
    const client = await register('http://127.0.0.1/cb')
    const { fields } = await codeFor(issuer, client, 'http://127.0.0.1/cb')
    const { status, body } = await post(token, { ...fields, client_id: client })
    expect({ status, scope: body.scope }).toEqual({ status: 200, scope: catalogue.names.join(' ') })
    const claims = JSON.parse(
      atob(`${body.access_token}`.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''),
    )
    expect(claims).toMatchObject({ aud: resource, sub: ALICE.subject, iss: issuer })
    const refreshed = await post(token, {
      grant_type: 'refresh_token',
      client_id: client,
      refresh_token: `${body.refresh_token}`,
    })
    expect(refreshed).toMatchObject({ status: 200, body: { scope: body.scope } })
  })

  it.each([
    ['http://127.0.0.1/cb', 'http://127.0.0.1:49152/cb'],
    ['http://127.0.0.1:8080/cb', 'http://127.0.0.1:3000/cb'],
    ['http://[::1]/cb', 'http://[::1]:65535/cb'],
    ['http://localhost/cb', 'http://localhost:40001/cb'],
  ])('a client that registered %s listens at %s', async (registered, used) => {
    const { issuer, token, register } = await opened()
    const client = await register(registered)
    const { location, fields } = await codeFor(issuer, client, used)
    expect(location.href).toContain(`${used}?code=`)
    expect((await post(token, { ...fields, client_id: client, redirect_uri: used })).status).toBe(200)
  })

  it('a client that registered a loopback address is not answered at another one', async () => {
    const { issuer, register } = await opened()
    const client = await register('http://127.0.0.1/cb')
    for (const other of ['http://localhost:40001/cb', 'http://127.0.0.1:40001/other', 'http://[::1]:40001/cb']) {
      await expect(codeFor(issuer, client, other)).rejects.toThrow('400')
    }
  })

  it('HTTP Basic with the same client_id in the body is accepted, and with another one refused', async () => {
    const { issuer, auth, token } = await opened()
    const callback = 'https://app.acme.dev/cb'
    const made = await auth.clients.create({ by: system, redirectUris: [callback], authMethod: 'client_secret_basic' })
    const basic = { authorization: `Basic ${btoa(`${made.client.id}:${made.secret?.reveal()}`)}` }
    const { fields } = await codeFor(issuer, made.client.id, callback)
    const other = await post(token, { ...fields, client_id: 'another' }, basic)
    expect(other).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    const same = await post(token, { ...fields, client_id: made.client.id }, basic)
    expect(same.status).toBe(200)
  })

  it.each(['', '/tenants/acme'])('the metadata is found in every form, of an issuer at %j', async (path) => {
    const { issuer } = await served({ path })
    const origin = new URL(issuer).origin
    const forms = ['oauth-authorization-server', 'openid-configuration'].flatMap((name) => [
      `${origin}/.well-known/${name}${path}`,
      `${origin}${path}/.well-known/${name}`,
    ])
    for (const form of forms) {
      const response = await fetch(form, { headers: { origin: 'https://app.acme.dev' } })
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(await response.json()).toMatchObject({ issuer, token_endpoint: `${issuer}/oauth/token` })
    }
  })
})
