import { createAccounts, createTokens, system, tenant, user } from 'tokenloop'
import type { Client } from 'tokenloop/oauth'
import { faultyStore, slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { generateKey } from '../../src/jwt/jwk.js'
import { CALLBACK, catalogue, world } from './support.js'

const PAIR = { grantTypes: ['client_credentials'] as const, roles: ['Reader'] }
const { d: _, ...KEY } = await generateKey()

describe('clients.create', () => {
  it('SK1, SK2, SK5 a pair has a tenant, roles, a description, a maker and a secret that is shown once', async () => {
    const { auth, bare, events } = await world()
    const by = user('alice', { scopes: ['read'], tenant: 'p1' })
    const { client, secret } = await auth.clients.create({ by, ...PAIR, description: 'Read-only API access' })
    expect(client).toMatchObject({
      id: expect.stringMatching(/^c_[0-9A-Za-z]{16}$/),
      origin: 'manual',
      status: 'active',
      tenant: 'p1',
      roles: ['Reader'],
      scopes: [],
      description: 'Read-only API access',
      createdBy: { kind: 'user', id: 'alice' },
      authMethod: 'client_secret_basic',
      keepUntil: null,
    })
    expect(secret.reveal()).toMatch(/^cs_/)
    expect(JSON.stringify([secret, await bare.get('client', client.id), events])).not.toContain(
      secret.reveal().slice(14, -6),
    )
    expect(await auth.clients.get(client.id)).toEqual(client)
  })

  it('SK4 tenant and roles never change, nor what it may do for itself', async () => {
    const { auth } = await world()
    const { client } = await auth.clients.create({ by: system, tenant: 'p1', ...PAIR })
    for (const change of [{ tenant: 'p2' }, { roles: ['Reader'] }, { grantTypes: ['authorization_code'] }]) {
      await expect(auth.clients.update(client.id, { by: system, ...change } as never)).rejects.toMatchObject({
        code: 'invalid_option',
      })
    }
    await expect(auth.clients.update(client.id, { by: system, scopes: ['write'] })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    expect(await auth.clients.update(client.id, { by: system, description: 'x' })).toMatchObject({
      description: 'x',
      roles: ['Reader'],
    })
  })

  it('gives no more than the actor has', async () => {
    const { auth, bare } = await world()
    const clients = () => auth.clients.list().then(({ items }) => items.length)
    const reader = user('alice', { scopes: ['read'] })
    for (const [by, gift] of [
      [reader, { scopes: ['write'] }],
      [reader, { scopes: ['admin'] }],
      [user('bob'), { roles: ['Reader'] }],
      [user('bob'), { scopes: ['read'] }],
    ] as const) {
      await expect(auth.clients.create({ by, grantTypes: ['client_credentials'], ...gift })).rejects.toMatchObject({
        code: 'scope_not_allowed',
      })
    }
    await createAccounts({ store: bare, catalogue }).suspend(user('alice'), { by: system })
    await expect(auth.clients.create({ by: reader, ...PAIR })).rejects.toMatchObject({ code: 'scope_not_allowed' })
    expect(await clients()).toBe(0)
  })

  it.each<[string, object, string]>([
    ['an unknown scope', { scopes: ['x'] }, 'unknown_scope'],
    ['an unknown role', { roles: ['x'], grantTypes: ['client_credentials'] }, 'unknown_role'],
    ['roles of a client that acts for users', { roles: ['Reader'], redirectUris: [CALLBACK] }, 'invalid_input'],
    ['a redirect URI that runs a script', { redirectUris: ['javascript:x'] }, 'invalid_input'],
    ['no redirect URI', {}, 'invalid_input'],
    ['a text for redirect URIs', { redirectUris: CALLBACK }, 'invalid_input'],
    ['an unknown grant type', { ...PAIR, grantTypes: ['client_credentials', 'password'] }, 'invalid_input'],
    ['a text for grant types', { redirectUris: [CALLBACK], grantTypes: 'authorization_code' }, 'invalid_input'],
    ['an unknown method', { redirectUris: [CALLBACK], authMethod: 'x' }, 'invalid_input'],
    ['a public client that acts for itself', { ...PAIR, authMethod: 'none' }, 'invalid_input'],
    ['a name with a line break', { redirectUris: [CALLBACK], name: 'a\nb' }, 'invalid_input'],
    ['a description with a line break', { redirectUris: [CALLBACK], description: 'a\nb' }, 'invalid_input'],
    ['a description of 501 characters', { redirectUris: [CALLBACK], description: 'x'.repeat(501) }, 'invalid_input'],
    ['a page that is not public', { redirectUris: [CALLBACK], uri: 'https://localhost/' }, 'invalid_input'],
    ['private_key_jwt without keys', { redirectUris: [CALLBACK], authMethod: 'private_key_jwt' }, 'invalid_input'],
    [
      'keys that are none',
      { redirectUris: [CALLBACK], authMethod: 'private_key_jwt', jwks: { keys: [{}] } },
      'invalid_input',
    ],
    ['a tenant that is none', { redirectUris: [CALLBACK], tenant: '' }, 'invalid_input'],
    ['an option that there is none of', { redirectUris: [CALLBACK], secret: 'x' }, 'invalid_option'],
  ])('refuses %s in a typed error', async (_, input, code) => {
    const { auth } = await world()
    await expect(auth.clients.create({ by: system, ...input })).rejects.toMatchObject({ code })
    expect((await auth.clients.list()).items).toEqual([])
  })

  it('refuses who asks where nobody is named, and a tenant that is not active', async () => {
    const { auth, bare } = await world()
    await expect(auth.clients.create({ redirectUris: [CALLBACK] } as never)).rejects.toMatchObject({
      code: 'invalid_input',
    })
    // A tenant that is there and names none would make a client of no tenant.
    await expect(auth.clients.create({ by: system, tenant: undefined, ...PAIR } as never)).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await createAccounts({ store: bare, catalogue }).suspend(tenant('p1'), { by: system })
    await expect(auth.clients.create({ by: system, tenant: 'p1', ...PAIR })).rejects.toMatchObject({
      code: 'owner_inactive',
    })
  })

  it('keeps all that a host may say of a client', async () => {
    const { auth } = await world()
    const { client } = await auth.clients.create({
      by: system,
      name: 'CLI',
      redirectUris: ['http://127.0.0.1/cb'],
      authMethod: 'private_key_jwt',
      uri: 'https://client.example/',
      logoUri: 'https://client.example/logo',
      policyUri: 'https://client.example/policy',
      termsUri: 'https://client.example/terms',
      jwks: { keys: [{ ...KEY }] },
      dpopBound: true,
      scopes: ['read'],
    })
    expect(client.metadata).toEqual({
      client_name: 'CLI',
      redirect_uris: ['http://127.0.0.1/cb'],
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'native',
      client_uri: 'https://client.example/',
      logo_uri: 'https://client.example/logo',
      policy_uri: 'https://client.example/policy',
      tos_uri: 'https://client.example/terms',
      jwks: { keys: [KEY] },
      dpop_bound_access_tokens: true,
      scope: 'read',
    })
    const moved = await auth.clients.update(client.id, { by: system, jwksUri: 'https://client.example/jwks' })
    expect([moved.metadata.jwks, moved.metadata.jwks_uri]).toEqual([undefined, 'https://client.example/jwks'])
  })
})

describe('clients of others', () => {
  it('within a tenant, and without one whoever made them: all else is not found', async () => {
    const { auth } = await world()
    const scopes = ['read'] as const
    const [p1, p2, alice, bob] = [
      user('u', { tenant: 'p1', scopes }),
      user('u', { tenant: 'p2', scopes }),
      user('alice', { scopes }),
      user('bob', { scopes }),
    ]
    const made = async (by: typeof p1) => (await auth.clients.create({ by, ...PAIR })).client.id
    const [ofP1, ofAlice] = [await made(p1), await made(alice)]
    const notFound = { code: 'not_found' }
    for (const [id, by] of [
      [ofP1, p2],
      [ofP1, bob],
      [ofAlice, bob],
      [ofAlice, p1],
    ] as const) {
      await expect(auth.clients.suspend(id, { by })).rejects.toMatchObject(notFound)
      await expect(auth.clients.update(id, { by, name: 'x' })).rejects.toMatchObject(notFound)
      await expect(auth.clients.addSecret(id, { by })).rejects.toMatchObject(notFound)
      await expect(auth.clients.delete(id, { by })).rejects.toMatchObject(notFound)
    }
    await expect(auth.clients.delete(ofP1, { by: system, within: { tenant: 'p2' } })).rejects.toMatchObject(notFound)
    await expect(auth.clients.get(ofP1, { tenant: 'p2' })).rejects.toMatchObject(notFound)
    await expect(auth.clients.delete(ofP1, { by: system, within: {} as never })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await auth.clients.delete(ofAlice, { by: alice })
    await auth.clients.delete(ofP1, { by: bob, within: { tenant: 'p1' } })
    expect((await auth.clients.list()).items).toEqual([])
  })

  it('are listed by tenant, newest first, in pages without a silent cut', async () => {
    const { auth } = await world()
    const ids: string[] = []
    for (let i = 0; i < 7; i++) {
      ids.unshift((await auth.clients.create({ by: system, tenant: 'p1', ...PAIR })).client.id)
      await auth.clients.create({ by: system, tenant: 'p2', ...PAIR })
    }
    await auth.clients.delete(ids[3] as string, { by: system })
    const seen: Client[] = []
    let cursor: string | undefined
    do {
      const page = await auth.clients.list({ tenant: 'p1', limit: 2, ...(cursor && { cursor }) })
      seen.push(...page.items)
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(seen.map(({ id }) => id)).toEqual(ids.filter((_, i) => i !== 3))
    await expect(auth.clients.list({ cursor: 'x' })).rejects.toMatchObject({ code: 'invalid_cursor' })
    await expect(auth.clients.list({ limit: 0 })).rejects.toMatchObject({ code: 'invalid_input' })
  })

  it('are listed without one whose row was edited, which is told', async () => {
    const { auth, bare, events } = await world()
    const made = async () => (await auth.clients.create({ by: system, ...PAIR })).client.id
    const [sound, edited] = [await made(), await made()]
    const { record, version } = await bare.get('client', edited)
    if (record === undefined) throw new Error('no client')
    await bare.write('client', edited, version, { ...record, metadata: { ...record.metadata, redirect_uris: 'x' } })
    expect((await auth.clients.list()).items.map(({ id }) => id)).toEqual([sound])
    expect(events.at(-1)).toMatchObject({ type: 'store.corrupt', about: edited, detail: { kind: 'client' } })
    await expect(auth.clients.get(edited)).rejects.toMatchObject({ code: 'store_corrupt' })
  })
})

describe('a client that acts for itself', () => {
  const keys = { jwks: { keys: [KEY] } }
  const held = { ...PAIR, tenant: 'p1' }

  it('is worth what it may do: nobody adds a secret to it, names its keys or resumes it who could not give that', async () => {
    const { auth } = await world()
    const pair = (await auth.clients.create({ by: system, ...held })).client.id
    const signing = (await auth.clients.create({ by: system, ...held, authMethod: 'private_key_jwt', ...keys })).client
      .id
    await auth.clients.suspend(pair, { by: system })
    const jwksUri = 'https://client.example/jwks'
    const within = { tenant: 'p1' }
    const refused = { code: 'scope_not_allowed' }
    for (const by of [user('mallory', { tenant: 'p1' }), user('mallory', { tenant: 'p1', scopes: ['admin'] })]) {
      await expect(auth.clients.addSecret(pair, { by })).rejects.toMatchObject(refused)
      await expect(auth.clients.addSecret(pair, { by, within })).rejects.toMatchObject(refused)
      await expect(auth.clients.update(signing, { by, jwksUri })).rejects.toMatchObject(refused)
      await expect(auth.clients.update(signing, { by, ...keys, name: 'x' })).rejects.toMatchObject(refused)
      await expect(auth.clients.resume(pair, { by })).rejects.toMatchObject(refused)
      expect(await auth.clients.update(pair, { by, description: 'gives nothing' })).toMatchObject({
        status: 'suspended',
      })
    }
    expect((await auth.clients.get(pair)).secrets).toHaveLength(1)
    const by = user('alice', { tenant: 'p1', scopes: ['read'] })
    await auth.clients.resume(pair, { by })
    await auth.clients.addSecret(pair, { by })
    expect(await auth.clients.update(signing, { by, jwksUri })).toMatchObject({ metadata: { jwks_uri: jwksUri } })
  })

  it('is given by no token that is bound in time, networks or limits, which the client would not be', async () => {
    const { auth, bare } = await world()
    const tokens = createTokens({ store: bare, catalogue, prefix: 'pat', lifetimes: ['never', 'any'] })
    const by = user('alice', { tenant: 'p1', scopes: ['read'] })
    const actorWith = async (bounds: object) => {
      const { secret } = await tokens.issue({ by, owner: by, name: 'x', scopes: ['read'], ...bounds })
      const verified = await tokens.verify(secret, { ip: '192.0.2.1' })
      if (!verified.ok) throw new Error(verified.reason)
      return verified.principal
    }
    const { client } = await auth.clients.create({ by: await actorWith({ expiresIn: 'never' }), ...held })
    for (const bounds of [
      { expiresIn: '1h' },
      { expiresIn: 'never', networks: ['192.0.2.0/24'] },
      { expiresIn: 'never', limits: [{ name: 'day', limit: 9, every: '1d' }] },
    ]) {
      const bound = await actorWith(bounds)
      const refused = { code: 'scope_not_allowed' }
      await expect(auth.clients.create({ by: bound, ...held })).rejects.toMatchObject(refused)
      await expect(auth.clients.addSecret(client.id, { by: bound })).rejects.toMatchObject(refused)
    }
    expect((await auth.clients.list()).items).toHaveLength(1)
  })
})

describe('secrets of a client', () => {
  it('overlap without end until one is removed, are listed by ids that tell nothing, and are at most ten', async () => {
    const { auth, confidentialClient, post } = await world()
    const { id, basic } = await confidentialClient()
    const added = await auth.clients.addSecret(id, { by: system })
    expect(added.client.secrets).toHaveLength(2)
    const [first] = added.client.secrets
    expect(first).toEqual({
      id: expect.stringMatching(/^cs_[A-Za-z0-9_-]{16}$/),
      createdAt: Date.UTC(2026, 0, 1),
      expiresAt: null,
    })
    const left = await auth.clients.removeSecret(id, first?.id ?? '', { by: system })
    expect(left.secrets).toHaveLength(1)
    expect((await post('/oauth/token', { grant_type: 'authorization_code', code: 'x' }, basic)).status).toBe(401)
    await expect(auth.clients.removeSecret(id, first?.id ?? '', { by: system })).rejects.toMatchObject({
      code: 'not_found',
    })
    for (let i = 0; i < 9; i++) await auth.clients.addSecret(id, { by: system })
    await expect(auth.clients.addSecret(id, { by: system })).rejects.toMatchObject({ code: 'invalid_input' })
    expect((await auth.clients.addSecret(id, { by: system, overlap: 0 })).client.secrets).toHaveLength(1)
  })

  it('an overlap only shortens what is left', async () => {
    const { auth, confidentialClient, clock } = await world()
    const { id } = await confidentialClient()
    await auth.clients.addSecret(id, { by: system, overlap: '1h' })
    const { client } = await auth.clients.addSecret(id, { by: system, overlap: '1d' })
    const hours = client.secrets.map(({ expiresAt }) => expiresAt && (expiresAt - clock.now()) / 3_600_000)
    expect(hours).toEqual([1, 24, null])
  })

  it('there are none where a client does not authenticate with one', async () => {
    const { auth, publicClient } = await world()
    await expect(auth.clients.addSecret(await publicClient(), { by: system })).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })

  it('of eight that are added at once, on a store that takes its time, each works', async () => {
    const { auth, confidentialClient, post } = await world({ wrap: (store) => slowStore(store, { seed: 4 }) })
    const { id } = await confidentialClient()
    const added = await Promise.all(Array.from({ length: 8 }, () => auth.clients.addSecret(id, { by: system })))
    for (const { secret } of added) {
      const authorization = `Basic ${btoa(`${id}:${secret.reveal()}`)}`
      expect(
        (await post('/oauth/token', { grant_type: 'authorization_code', code: 'x' }, { authorization })).status,
      ).toBe(400)
    }
  })

  it('one whose answer was lost reaches its owner', async () => {
    const bare = await world()
    const { id } = await bare.confidentialClient()
    const { auth } = await world({
      store: bare.bare,
      wrap: (store) => faultyStore(store, { lost: { point: 'after', method: 'write', nth: 1 } }),
    })
    const { secret } = await auth.clients.addSecret(id, { by: system })
    const authorization = `Basic ${btoa(`${id}:${secret.reveal()}`)}`
    expect(
      (await bare.post('/oauth/token', { grant_type: 'authorization_code', code: 'x' }, { authorization })).status,
    ).toBe(400)
  })
})

describe('how a client stands', () => {
  it('suspend, resume and delete are one write each, with its event and its entry in the feed', async () => {
    const { auth, bare, events, publicClient } = await world()
    const id = await publicClient()
    await auth.clients.suspend(id, { by: system })
    await auth.clients.suspend(id, { by: system })
    await auth.clients.resume(id, { by: system })
    await auth.clients.resume(id, { by: system })
    await auth.clients.delete(id, { by: system })
    await expect(auth.clients.delete(id, { by: system })).rejects.toMatchObject({ code: 'not_found' })
    expect((await bare.changes(0, 10)).changes).toMatchObject([
      { id, effect: 'paused', status: 'suspended', epochs: { epoch: 0 } },
      { id, effect: 'resumed', status: 'active', epochs: { epoch: 0 } },
      { id, effect: 'ended', status: 'deleted', epochs: { epoch: 1 } },
    ])
    const types = events.map(({ type }) => type).filter((type) => type.startsWith('client.'))
    expect(types).toEqual(['client.created', 'client.suspended', 'client.resumed', 'client.deleted'])
  })

  it('what hangs on it stops, goes on, and is dead, from the next request on', async () => {
    const { auth, connect, publicClient, post } = await world()
    const id = await publicClient()
    const { body } = await connect(id)
    const refresh = { grant_type: 'refresh_token', client_id: id, refresh_token: String(body.refresh_token) }
    await auth.clients.suspend(id, { by: system })
    expect((await post('/oauth/token', refresh)).status).toBe(401)
    await auth.clients.resume(id, { by: system })
    const refreshed = await post('/oauth/token', refresh)
    expect(refreshed.status).toBe(200)
    await auth.clients.delete(id, { by: system })
    expect(
      (await post('/oauth/token', { ...refresh, refresh_token: String(refreshed.body.refresh_token) })).status,
    ).toBe(401)
  })

  it('a changed redirect URI asks users again, a changed name does not', async () => {
    const { auth, connect, publicClient, asking, alice } = await world()
    const id = await publicClient()
    await connect(id)
    await auth.clients.update(id, { by: system, name: 'Other' })
    expect((await auth.begin(asking(id).request, alice)).kind).toBe('redirect')
    await auth.clients.update(id, { by: system, redirectUris: [CALLBACK, 'https://client.test/other'] })
    expect((await auth.begin(asking(id).request, alice)).kind).toBe('consent')
  })
})
