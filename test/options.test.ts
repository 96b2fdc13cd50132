import Database from 'better-sqlite3'
import {
  createAccounts,
  createTokens,
  defineCatalogue,
  memoryStore,
  system,
  TokenloopError,
  type TokenStore,
  user,
} from 'tokenloop'
import { cached } from 'tokenloop/cache'
import { guardedFetch } from 'tokenloop/fetch'
import { githubAlerts, managementApi } from 'tokenloop/http'
import {
  createJwtVerifier,
  createNonces,
  createProver,
  issueJwt,
  managedKeys,
  remoteKeys,
  staticKeys,
  verifyJwt,
} from 'tokenloop/jwt'
import { mysqlStore } from 'tokenloop/mysql'
import { mount, requireScopes, toNodeListener } from 'tokenloop/node'
import { createAuthorizationServer } from 'tokenloop/oauth'
import { postgresStore } from 'tokenloop/postgres'
import { apiTokens, createGuard, dpop, jwts, opaque, revocationFeed } from 'tokenloop/resource'
import { schema, sqliteStore } from 'tokenloop/sqlite'
import { faultyStore, slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { catalogue } from './support/world.js'

const store = memoryStore()
const tokens = createTokens({ store, catalogue, prefix: 'sl' })
const accounts = createAccounts({ store, catalogue })
const accept = [apiTokens(tokens)]
const resource = 'https://api.acme.dev'
const guard = createGuard({ resource, catalogue, accept })
const authenticate = () => undefined
const request = new Request(resource)
const key = new Uint8Array(32)
const by = system
const owner = user('alice')
const wish = { by, owner, name: 'ci', scopes: ['issues:read'] }
const tokenOptions = { store, catalogue, prefix: 'sl' }

const serverOptions = {
  issuer: 'https://as.test',
  store,
  catalogue,
  resources: [{ id: resource, format: 'opaque' as const }],
}
const { clients } = createAuthorizationServer(serverOptions)
const pair = { by, grantTypes: ['client_credentials'] }

const sealWith = [{ id: 'a', key }]
const keys = managedKeys({ store, sealWith })
const jwk = { kty: 'EC', crv: 'P-256' }
const claims = { iss: resource, aud: resource, sub: 'u_42', client_id: 'c_1' }

const jwtOptions = { issuer: resource, audience: resource, keys: remoteKeys('https://as.test/jwks') }

/** A function that takes options of whatever kind, as it looks to plain JavaScript. */
type Loose = (...args: readonly unknown[]) => unknown
const loose = (call: unknown) => call as Loose

/** Every public factory and method with options: given some, it uses them. The options are otherwise right. */
const TAKES: Readonly<Record<string, readonly [right: object, use: (options: unknown) => unknown]>> = {
  createTokens: [tokenOptions, loose(createTokens)],
  'createTokens: use': [{}, (use) => loose(createTokens)({ ...tokenOptions, use })],
  'createTokens: retention': [{}, (retention) => loose(createTokens)({ ...tokenOptions, retention })],
  'createTokens: ownerActive': [
    { check: () => true, maxStaleness: '1m' },
    (ownerActive) => loose(createTokens)({ ...tokenOptions, ownerActive }),
  ],
  'createTokens: peppers': [{ id: 'a', key }, (pepper) => loose(createTokens)({ ...tokenOptions, peppers: [pepper] })],
  'createTokens: sealWith': [{ id: 'a', key }, (seal) => loose(createTokens)({ ...tokenOptions, sealWith: [seal] })],
  createAccounts: [{ store, catalogue }, loose(createAccounts)],
  'createAccounts: retention': [{}, (retention) => loose(createAccounts)({ store, catalogue, retention })],
  createGuard: [{ resource, catalogue, accept }, loose(createGuard)],
  apiTokens: [{ from: ['bearer'] }, (options) => loose(apiTokens)(tokens, options)],
  managementApi: [{ tokens, accounts, catalogue, authenticate }, loose(managementApi)],
  'managementApi: info': [
    { title: 'x', version: '1' },
    (info) => loose(managementApi)({ tokens, catalogue, authenticate, info }),
  ],
  githubAlerts: [{ tokens }, loose(githubAlerts)],
  toNodeListener: [{ origin: resource }, (options) => loose(toNodeListener)(authenticate, options)],
  mount: [{ origin: resource }, (options) => loose(mount)({}, options)],
  managedKeys: [{ store, sealWith }, loose(managedKeys)],
  'managedKeys: retention': [{ audit: '1y' }, (retention) => loose(managedKeys)({ store, sealWith, retention })],
  'keys.rotate': [{ by }, loose(keys.rotate)],
  'keys.revoke': [{ by, reason: 'x' }, (options) => loose(keys.revoke)('x', options)],
  'keys.reseal': [{ by }, loose(keys.reseal)],
  staticKeys: [{ sign: jwk }, loose(staticKeys)],
  issueJwt: [{ expiresIn: '5m', typ: 'JWT' }, (options) => loose(issueJwt)(keys, claims, options)],
  remoteKeys: [{ maxAge: '1h' }, (options) => loose(remoteKeys)('https://as.test/jwks', options)],
  verifyJwt: [jwtOptions, (options) => loose(verifyJwt)('', options)],
  createJwtVerifier: [jwtOptions, loose(createJwtVerifier)],
  'createJwtVerifier: seen': [{ most: 1 }, (seen) => loose(createJwtVerifier)({ ...jwtOptions, seen })],
  createNonces: [{ key, server: resource }, loose(createNonces)],
  createProver: [{ clock: Date }, loose(createProver)],
  dpop: [{ seen: store }, loose(dpop)],
  jwts: [{ issuer: resource, keys: jwtOptions.keys, store }, loose(jwts)],
  opaque: [{ issuer: resource, introspection: 'https://as.test/introspect', headers: () => ({}) }, loose(opaque)],
  revocationFeed: [{ store, allow: () => false }, loose(revocationFeed)],
  defineCatalogue: [{ roles: {} }, (options) => loose(defineCatalogue)({ read: { description: 'Read' } }, options)],
  'defineCatalogue: a scope': [{ description: 'Read' }, (read) => loose(defineCatalogue)({ read })],
  memoryStore: [{ clock: Date }, loose(memoryStore)],
  'memoryStore: latency': [{ max: 0 }, (latency) => loose(memoryStore)({ latency })],
  postgresStore: [{ schema: 'a' }, (options) => loose(postgresStore)({ connect() {} }, options)],
  mysqlStore: [{ prefix: 'a_' }, (options) => loose(mysqlStore)({ getConnection() {} }, options)],
  sqliteStore: [{ prefix: 'a_' }, (options) => loose(sqliteStore)(new Database(':memory:'), options)],
  schema: [{ dialect: 'sqlite' }, loose(schema)],
  cached: [{ maxStaleness: '5s' }, (options) => loose(cached)(store, options)],
  'faultyStore: a fault': [{ point: 'before' }, (fault) => loose(faultyStore)(store, { fault })],
  slowStore: [{ max: 0 }, (latency) => loose(slowStore)(store, latency)],
  user: [{ tenant: 'ws_1' }, (as) => loose(user)('alice', as)],

  issue: [wish, loose(tokens.issue)],
  'issue: a limit': [{ name: 'a', limit: 1 }, (limit) => loose(tokens.issue)({ ...wish, limits: [limit] })],
  verify: [{ scopes: [] }, (options) => loose(tokens.verify)('sl_x', options)],
  get: [{ tenant: 'ws_1' }, (within) => loose(tokens.get)('sl_x', within)],
  list: [{ owner }, loose(tokens.list)],
  due: [{ within: '1d' }, loose(tokens.due)],
  audit: [{ owner }, loose(tokens.audit)],
  update: [{ by, name: 'x' }, (options) => loose(tokens.update)('sl_x', options)],
  'update: within': [{ tenant: 'ws_1' }, (within) => loose(tokens.update)('sl_x', { by, within })],
  rotate: [{ by, overlap: '1h' }, (options) => loose(tokens.rotate)('sl_x', options)],
  pause: [{ by }, (options) => loose(tokens.pause)('sl_x', options)],
  resume: [{ by }, (options) => loose(tokens.resume)('sl_x', options)],
  revoke: [{ by, reason: 'x' }, (options) => loose(tokens.revoke)('sl_x', options)],
  revokeAll: [{ by, owner }, loose(tokens.revokeAll)],
  reveal: [{ by }, (options) => loose(tokens.reveal)('sl_x', options)],

  'accounts.create': [{ by, tenant: 'ws_1', name: 'bot', scopes: [] }, loose(accounts.create)],
  'accounts.get': [{ tenant: 'ws_1' }, (within) => loose(accounts.get)('sa_x', within)],
  'accounts.list': [{ tenant: 'ws_1' }, loose(accounts.list)],
  'accounts.update': [{ by }, (options) => loose(accounts.update)('sa_x', options)],
  'accounts.update: within': [{ tenant: 'ws_1' }, (within) => loose(accounts.suspend)(owner, { by, within })],
  'accounts.delete': [{ by }, (options) => loose(accounts.delete)(owner, options)],
  'accounts.suspend': [{ by }, (options) => loose(accounts.suspend)(owner, options)],
  'accounts.resume': [{ by }, (options) => loose(accounts.resume)(owner, options)],
  'accounts.cutOff': [{ by }, (options) => loose(accounts.cutOff)(owner, options)],

  createAuthorizationServer: [serverOptions, loose(createAuthorizationServer)],
  ...Object.fromEntries(
    (
      [
        ['lifetimes', { code: '30s' }],
        ['paths', { token: '/token' }],
        ['use', { most: 1 }],
      ] as const
    ).map(([part, right]) => [
      `createAuthorizationServer: ${part}`,
      [right, (given: unknown) => loose(createAuthorizationServer)({ ...serverOptions, [part]: given })] as const,
    ]),
  ),
  'createAuthorizationServer: registration': [
    { open: true },
    (registration) => loose(createAuthorizationServer)({ ...serverOptions, registration }),
  ],
  'createAuthorizationServer: metadataDocuments': [
    { fetch },
    (metadataDocuments) => loose(createAuthorizationServer)({ ...serverOptions, metadataDocuments }),
  ],
  guardedFetch: [{ timeout: '1s' }, loose(guardedFetch)],
  'guardedFetch: concurrency': [{ all: 1 }, (concurrency) => loose(guardedFetch)({ concurrency })],

  'clients.create': [pair, loose(clients.create)],
  'clients.get': [{ tenant: 'ws_1' }, (within) => loose(clients.get)('c_x', within)],
  'clients.list': [{ tenant: 'ws_1' }, loose(clients.list)],
  'clients.update': [{ by }, (options) => loose(clients.update)('c_x', options)],
  'clients.addSecret': [{ by }, (options) => loose(clients.addSecret)('c_x', options)],
  'clients.removeSecret': [{ by }, (options) => loose(clients.removeSecret)('c_x', 'cs_x', options)],
  'clients.suspend': [{ by }, (options) => loose(clients.suspend)('c_x', options)],
  'clients.resume': [{ by }, (options) => loose(clients.resume)('c_x', options)],
  'clients.delete': [{ by }, (options) => loose(clients.delete)('c_x', options)],
  'clients.delete: within': [{ tenant: 'ws_1' }, (within) => loose(clients.delete)('c_x', { by, within })],
  'clients.initialAccess': [{ by }, loose(clients.initialAccess)],
  'clients.reap': [{ limit: 1 }, loose(clients.reap)],

  'guard.check': [{ ip: '::1' }, (options) => loose(guard.check)(request, [], options)],
}

/** What a call comes to: the code and the words of a typed error. Any other error passes through. */
async function outcome(call: () => unknown): Promise<{ code: string; message: string }> {
  try {
    await call()
  } catch (error) {
    if (error instanceof TokenloopError) return { code: error.code, message: error.message }
    throw error
  }
  return { code: 'nothing', message: '' }
}

describe.each(Object.entries(TAKES))('%s', (_, [right, use]) => {
  it('takes what it knows', async () => {
    expect((await outcome(() => use(right))).code).not.toBe('invalid_option')
  })

  it('refuses a misspelt option, and names it', async () => {
    for (const wrong of ['expiresin', 'toString', 'constructor']) {
      const { code, message } = await outcome(() => use({ ...right, [wrong]: 'x' }))
      expect([code, message], wrong).toEqual(['invalid_option', expect.stringContaining(`"${wrong}"`)])
    }
  })

  it('refuses what is no object, in a typed error', async () => {
    for (const wrong of [null, 'text', 7, () => 'x']) {
      expect((await outcome(() => use(wrong))).code, String(wrong)).toMatch(/^invalid_(option|input)$/)
    }
  })
})

describe('a factory', () => {
  const FACTORIES = { createTokens, createAccounts, createGuard, managementApi, apiTokens, defineCatalogue }

  it.each(Object.entries(FACTORIES))('%s without options says what it misses', async (_, make) => {
    expect((await outcome(() => loose(make)())).code).toBe('invalid_option')
    expect((await outcome(() => loose(make)({}))).code).toBe('invalid_option')
  })

  it.each([
    ['createTokens', 'store', (part: unknown) => loose(createTokens)({ ...tokenOptions, store: part })],
    ['createTokens', 'catalogue', (part: unknown) => loose(createTokens)({ ...tokenOptions, catalogue: part })],
    ['createAccounts', 'store', (part: unknown) => loose(createAccounts)({ store: part, catalogue })],
    ['createAccounts', 'catalogue', (part: unknown) => loose(createAccounts)({ store, catalogue: part })],
    ['cached', 'store', (part: unknown) => loose(cached)(part, { maxStaleness: '5s' })],
    ['createGuard', 'catalogue', (part: unknown) => loose(createGuard)({ resource, catalogue: part, accept })],
    ['createGuard', 'accept', (part: unknown) => loose(createGuard)({ resource, catalogue, accept: [part] })],
    ['apiTokens', 'tokens', (part: unknown) => loose(apiTokens)(part)],
    ['mount', 'api', (part: unknown) => loose(mount)({ api: part })],
    ['requireScopes', 'guard', (part: unknown) => loose(requireScopes)(part, 'issues:read')],
    ['toNodeListener', 'handler', (part: unknown) => loose(toNodeListener)(part)],
    ['managementApi', 'tokens', (part: unknown) => loose(managementApi)({ tokens: part, catalogue, authenticate })],
    ['managementApi', 'catalogue', (part: unknown) => loose(managementApi)({ tokens, catalogue: part, authenticate })],
  ])('%s names the %s that is missing, or is none', async (_, name, make) => {
    for (const part of [undefined, null, 'text', {}, Promise.resolve(store)]) {
      const { code, message } = await outcome(() => make(part))
      expect([code, message], String(part)).toEqual(['invalid_option', expect.stringContaining(name)])
    }
  })

  it.each([
    ['formerPrefixes', 'old'],
    ['lifetimes', 'any'],
    ['peppers', 'secret'],
    ['peppers', null],
    ['sealWith', 'secret'],
  ])('createTokens refuses %s that are no list', async (name, wrong) => {
    expect((await outcome(() => loose(createTokens)({ ...tokenOptions, [name]: wrong }))).code).toBe('invalid_option')
  })

  it('createAuthorizationServer takes lifetimes within their bounds alone, as they are documented', async () => {
    const codeOf = async (lifetimes: object) =>
      (await outcome(() => loose(createAuthorizationServer)({ ...serverOptions, lifetimes }))).code
    const BOUNDS: Readonly<Record<string, readonly [least: number, most: number]>> = {
      code: [1000, 600_000],
      refreshWindow: [0, 300_000],
      pushed: [5000, 600_000],
      access: [1000, 31_536_000_000_000],
    }
    for (const [name, [least, most]] of Object.entries(BOUNDS)) {
      for (const right of [least, most]) expect(await codeOf({ [name]: right }), name).toBe('nothing')
      for (const wrong of [least - 1, most + 1]) expect(await codeOf({ [name]: wrong }), name).toBe('invalid_option')
    }
  })

  it('names what there is beside an option that there is not', async () => {
    const { message } = await outcome(() => loose(apiTokens)(tokens, { header: 'x-api-key' }))
    expect(message).toBe('apiTokens has no option "header", but from')
  })

  it('names the method that a part lacks', async () => {
    const { message } = await outcome(() => loose(createGuard)({ resource, catalogue, accept: [tokens] }))
    expect(message).toMatch(/^`accept` is missing, or something else: it has no `\w+` method$/)
  })

  it('refuses a store that does not say what it can promise', async () => {
    const { capabilities: _, ...mute } = { ...slowStore(store) }
    expect((await outcome(() => createTokens({ ...tokenOptions, store: mute as TokenStore }))).code).toBe(
      'invalid_option',
    )
    expect((await outcome(() => cached(mute as TokenStore, { maxStaleness: '5s' }))).code).toBe('invalid_option')
    expect((await outcome(() => createAccounts({ store: mute as TokenStore, catalogue }))).code).toBe('invalid_option')
  })
})

describe('a method without its options', () => {
  it.each(['issue', 'due', 'revokeAll'] as const)('%s rejects, and does not throw', async (method) => {
    await expect(loose(tokens[method])()).rejects.toMatchObject({ code: 'invalid_option' })
  })

  it.each(['update', 'rotate', 'pause', 'resume', 'revoke', 'reveal'] as const)(
    '%s rejects as well',
    async (method) => {
      await expect(loose(tokens[method])('sl_x')).rejects.toMatchObject({ code: 'invalid_option' })
    },
  )
})

it('A20.14 what somebody put on the prototype of all objects is nobody’s option', async () => {
  Object.defineProperty(Object.prototype, 'expiresin', {
    value: 1,
    enumerable: true,
    writable: true,
    configurable: true,
  })
  try {
    expect((await outcome(() => tokens.list({ owner }))).code).toBe('nothing')
  } finally {
    Reflect.deleteProperty(Object.prototype, 'expiresin')
  }
})

it('A20.11 a name that came from outside is repeated in part, and escaped', async () => {
  const { message } = await outcome(() => loose(tokens.issue)({ ...wish, [`a\n\u001b[31m${'x'.repeat(500)}`]: 1 }))
  expect(message).not.toContain('\n')
  expect(message).not.toContain('\u001b')
  expect(message).toContain('x')
  expect(message).not.toContain('x'.repeat(65))
})
