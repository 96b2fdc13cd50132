import { describe, expect, it } from 'vitest'
import { generateKey } from '../../src/jwt/jwk.js'
import { CALLBACK, ISSUER, world } from './support.js'

const { d: _, ...PUBLIC } = await generateKey()
const PRIVATE = await generateKey()
const METADATA = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' }

/** A server at which anybody may register, and what a registration comes to. */
async function open() {
  const made = await world({ registration: { open: true } })
  const outcome = async (metadata: unknown, headers = {}) => {
    const { status, body } = await made.register(metadata, headers)
    return [status, body.error]
  }
  const clients = async () => (await made.auth.clients.list()).items
  return { ...made, outcome, clients }
}

const REFUSED = [400, 'invalid_client_metadata']
const NO_REDIRECT = [400, 'invalid_redirect_uri']

const SCRIPTS = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'java\tscript:alert(1)',
  '\u0001javascript:alert(1)',
  ' javascript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'blob:https://client.test/x',
  'filesystem:https://client.test/x',
  'file:///etc/passwd',
  'about:blank',
  'ms-appx://x',
  'urn:ietf:wg:oauth:2.0:oob',
]

describe('a redirect URI', () => {
  it.each(SCRIPTS)('A12.1 A6.23 %j is not registered', async (uri) => {
    const { outcome, clients } = await open()
    expect(await outcome({ ...METADATA, redirect_uris: [uri] })).toEqual(NO_REDIRECT)
    expect(await outcome({ ...METADATA, redirect_uris: [CALLBACK, uri] })).toEqual(NO_REDIRECT)
    expect(await clients()).toEqual([])
  })

  it.each([
    'http://client.test/cb',
    'http://127.0.0.2/cb',
    'http://127.1/cb',
    'http://0x7f000001/cb',
    'http://localhost.evil.test/cb',
    'http://127.0.0.1:80@evil.test/cb',
    'http://127.0.0.1:0/cb',
    'http://127.0.0.1:99999/cb',
    'http://[0:0:0:0:0:0:0:1]/cb',
    'https://user@client.test/cb',
    'https://@client.test/cb',
    'https://client.test/cb#',
    'https://client.test/cb#x',
    'https://client.test/../cb',
    'https://client.test/%2e%2e/cb',
    'https://CLIENT.test/cb',
    'HTTPS://client.test/cb',
    'https://client.test:443/cb',
    'https:/client.test/cb',
    'https:\\\\client.test\\cb',
    'https://client.test/c b',
    'https://client.test/%zz',
    'https://client.test/\u00e9',
    'https://\u0441lient.test/cb',
    'myapp:/cb',
    'myapp://cb',
    'com.example.app://cb',
    'COM.example.app:/cb',
    '//client.test/cb',
    '/cb',
    '*',
    'https://*.client.test/cb\n',
    '',
  ])('A6.22 %j is not registered', async (uri) => {
    const { outcome } = await open()
    expect(await outcome({ ...METADATA, redirect_uris: [uri] })).toEqual(NO_REDIRECT)
  })

  it.each([
    CALLBACK,
    'https://client.test',
    'https://client.test?a=1',
    'https://client.test:8443/cb?a=1&b=%C3%A9',
    'http://127.0.0.1/cb',
    'http://127.0.0.1:4711/cb',
    'http://[::1]:4711/cb',
    'http://localhost:4711/oauth/callback',
    'com.example.app:/cb',
  ])('%s is registered as it is', async (uri) => {
    const { register } = await open()
    expect(await register({ ...METADATA, redirect_uris: [uri] })).toMatchObject({
      status: 201,
      body: { redirect_uris: [uri] },
    })
  })

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['null', null],
    ['empty', []],
    ['a text', CALLBACK],
    ['an object with a length', { length: 1, 0: CALLBACK }],
    ['a list of lists', [[CALLBACK]]],
    ['a list with nothing', [null]],
    ['10,000 entries', Array.from({ length: 10_000 }, () => 'x')],
    ['51 entries', Array.from({ length: 51 }, (_, i) => `https://client.test/${i}`)],
    ['one of 100 KiB', [`https://client.test/${'x'.repeat(100 * 1024)}`]],
  ])('A12.6 redirect_uris that are %s are refused', async (_, redirect_uris) => {
    const { outcome, clients } = await open()
    expect(await outcome({ ...METADATA, redirect_uris })).toEqual(NO_REDIRECT)
    expect(await clients()).toEqual([])
  })
})

describe('other members', () => {
  it.each(['client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'jwks_uri', 'client_uri#ja', 'logo_uri#de-AT'])(
    'A12.2, A12.3 %s is an address on the public web, or refused',
    async (member) => {
      const { outcome, clients } = await open()
      const hosts = [
        '169.254.169.254',
        '[fd00::1]',
        '[::ffff:7f00:1]',
        '127.0.0.1',
        '2130706433',
        '0177.0.0.1',
        'localhost',
        'client.localhost',
        'printer.local',
        'db.internal',
        'intranet',
        '10.0.0.1.',
        '\uff11\uff10.0.0.1',
      ]
      const private_ = hosts.flatMap((host) => [`https://${host}/x`, `http://${host}/x`])
      for (const uri of [
        ...SCRIPTS,
        ...private_,
        'http://client.test/x',
        'https://a@client.test/',
        'https://client.test/#a',
        7,
        {},
      ]) {
        expect(await outcome({ ...METADATA, [member]: uri }), String(uri)).toEqual(REFUSED)
      }
      expect(await clients()).toEqual([])
      expect((await outcome({ ...METADATA, [member]: 'https://client.test/x' }))[0]).toBe(201)
    },
  )

  it('A12.2 so are the addresses after a log-out, which may be native, and which are not kept', async () => {
    const { outcome, register } = await open()
    for (const uri of SCRIPTS) expect(await outcome({ ...METADATA, post_logout_redirect_uris: [uri] })).toEqual(REFUSED)
    const { body } = await register({ ...METADATA, post_logout_redirect_uris: ['https://client.test/out'] })
    expect(body).not.toHaveProperty('post_logout_redirect_uris')
  })

  it('A12.3 nothing that is registered is fetched', async () => {
    const asked: string[] = []
    const fetch = async (url: string) => {
      asked.push(url)
      return new Response()
    }
    const { register } = await world({ registration: { open: true }, metadataDocuments: { fetch } })
    const uris = { logo_uri: 'https://127.0.0.1.nip.test/logo', jwks_uri: 'https://127.0.0.1.nip.test/jwks' }
    expect((await register({ ...METADATA, ...uris })).status).toBe(201)
    expect(asked).toEqual([])
  })

  it('A12.4 keys are by value or by reference', async () => {
    const { outcome } = await open()
    const keys = { jwks: { keys: [PUBLIC] }, jwks_uri: 'https://client.test/jwks' }
    expect(await outcome({ ...METADATA, ...keys })).toEqual(REFUSED)
    expect(await outcome({ ...METADATA, token_endpoint_auth_method: 'private_key_jwt' })).toEqual(REFUSED)
    expect((await outcome({ ...METADATA, token_endpoint_auth_method: 'private_key_jwt', jwks: keys.jwks }))[0]).toBe(
      201,
    )
  })

  it.each<[string, unknown]>([
    ['a private key', { keys: [PRIVATE] }],
    ['a private key beside a public one', { keys: [PUBLIC, PRIVATE] }],
    ['a symmetric key', { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }],
    ['a public key with a symmetric member', { keys: [{ ...PUBLIC, k: 'c2VjcmV0' }] }],
    ['an RSA key of 1,024 bits', { keys: [{ kty: 'RSA', e: 'AQAB', n: 'x'.repeat(171) }] }],
    ['two keys of one id', { keys: [PUBLIC, { ...PUBLIC }] }],
    ['a point that is not on the curve', { keys: [{ ...PUBLIC, x: PUBLIC.y, y: PUBLIC.y, kid: 'a' }] }],
    ['a key for encryption', { keys: [{ ...PUBLIC, use: 'enc' }] }],
    ['a key of another curve', { keys: [{ ...PUBLIC, crv: 'P-384' }] }],
    ['no key', { keys: [] }],
    ['no list', { keys: {} }],
    ['no object', [PUBLIC]],
    ['21 keys', { keys: Array.from({ length: 21 }, (_, i) => ({ ...PUBLIC, kid: String(i) })) }],
  ])('A10.19 a key set with %s is refused', async (_, jwks) => {
    const { outcome, clients } = await open()
    for (const token_endpoint_auth_method of ['none', 'private_key_jwt']) {
      expect(await outcome({ ...METADATA, token_endpoint_auth_method, jwks })).toEqual(REFUSED)
    }
    expect(await clients()).toEqual([])
  })

  it.each<[string, unknown]>([
    ['of 10 KiB', 'x'.repeat(10 * 1024)],
    ['of 101 characters', 'x'.repeat(101)],
    ['blank', '   '],
    ['empty', ''],
    ['of zero-width characters alone', '\u200b\u200d'],
    ['that overrides the direction of writing', 'Git\u202eHub'],
    ['that isolates a direction of writing', 'Git\u2066Hub'],
    ['with a line break', 'GitHub\nApproved'],
    ['with an escape', 'Git\u001b[31mHub'],
    ['with half a character', 'Git\ud800Hub'],
    ['that is no text', ['GitHub']],
  ])('A12.13 a name %s is refused', async (_, client_name) => {
    const { outcome } = await open()
    expect(await outcome({ ...METADATA, client_name })).toEqual(REFUSED)
    expect(await outcome({ ...METADATA, 'client_name#ja': client_name })).toEqual(REFUSED)
  })

  it.each([
    '<b>GitHub</b>',
    'G\u0456tHub',
    '\u540d\u524d',
    '\u05e9\u05dc\u05d5\u05dd',
    '\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67',
    'x'.repeat(100),
  ])('A12.13 the name %s is kept as it came, for whoever shows it to escape', async (client_name) => {
    const { register, auth } = await open()
    const { status, body } = await register({ ...METADATA, client_name })
    expect([status, body.client_name]).toEqual([201, client_name])
    expect((await auth.clients.get(String(body.client_id))).name).toBe(client_name)
  })

  it.each<[string, object]>([
    ['an unknown method', { token_endpoint_auth_method: 'tls_client_auth' }],
    ['another algorithm', { token_endpoint_auth_signing_alg: 'RS256' }],
    ['no grant type that there is', { grant_types: ['implicit'] }],
    ['a refresh token of nothing', { grant_types: ['refresh_token'] }],
    ['no response type that there is', { response_types: ['token'] }],
    ['a web client with a scheme of its own', { application_type: 'web', redirect_uris: ['com.example.app:/cb'] }],
    ['another type of application', { application_type: 'desktop' }],
    ['a scope that is malformed', { scope: 'read  write' }],
    ['scopes none of which is known', { scope: 'x y' }],
    ['a flag that is a text', { dpop_bound_access_tokens: 'true' }],
    ['a flag that is a number', { require_pushed_authorization_requests: 1 }],
    ['a list that is a text', { grant_types: 'authorization_code' }],
  ])('%s is refused', async (_, more) => {
    const { outcome } = await open()
    expect(await outcome({ ...METADATA, ...more })).toEqual(REFUSED)
  })

  it('A4.16 what a client grants itself is not kept, and it never acts for itself', async () => {
    const { register, bare, outcome } = await open()
    const more = {
      trusted: true,
      skip_consent: true,
      client_credentials_scopes: ['admin'],
      roles: ['Reader'],
      tenant: 'ws_1',
      status: 'active',
      origin: 'manual',
      created_by: 'system',
    }
    const grant_types = ['authorization_code', 'client_credentials']
    const { body } = await register({ redirect_uris: [CALLBACK], ...more, grant_types, scope: 'read' })
    expect(body).toMatchObject({ grant_types: ['authorization_code'], scope: 'read' })
    const { record } = await bare.get('client', String(body.client_id))
    expect(record).toMatchObject({ origin: 'dynamic', roles: [], tenant: null })
    expect(JSON.stringify(record?.metadata)).not.toMatch(/trusted|skip_consent|client_credentials|roles|created_by/)
    expect(await outcome({ redirect_uris: [CALLBACK], grant_types: ['client_credentials'] })).toEqual(REFUSED)
  })

  it('A4.17, A12.9 id, secret and their times are the server’s, whatever the client says', async () => {
    const { register, auth } = await open()
    for (const client_id of ['alice', 'https://client.example/x', 'c_0000000000000000', 7]) {
      const { status, body } = await register({
        redirect_uris: [CALLBACK],
        client_id,
        client_secret: 'chosen',
        client_secret_expires_at: 99,
        client_id_issued_at: 1,
        registration_access_token: 'chosen',
        registration_client_uri: 'https://evil.test',
      })
      expect(status).toBe(201)
      expect(body.client_id).toMatch(/^c_[0-9A-Za-z]{16}$/)
      expect(body.client_id).not.toBe(client_id)
      expect(body).toMatchObject({ client_secret_expires_at: 0, client_id_issued_at: Date.UTC(2026, 0, 1) / 1000 })
      expect(JSON.stringify(body)).not.toMatch(/chosen|evil/)
    }
    expect((await auth.clients.list()).items).toHaveLength(4)
  })
})

describe('the body of a registration', () => {
  const sent = async (
    body: string | Uint8Array,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ) => {
    const { auth, clients } = await open()
    const request = new Request(`${ISSUER}/oauth/register`, { method: 'POST', headers, body: body as string })
    const response = await auth.handle(request)
    if (response === undefined) throw new Error('nothing answers')
    const { error } = (await response.json()) as { error?: string }
    return [response.status, error, (await clients()).length]
  }

  const right = JSON.stringify(METADATA)
  it.each<[string, string | Uint8Array]>([
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['nothing', ''],
    ['no JSON', '{'],
    ['not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d])],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
    ['a member twice', right.replace('{', '{"redirect_uris":[],')],
    ['a member twice in another spelling', right.replace('{', '{"redirect\\u005furis":[],')],
    ['10,000 levels', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['half a character', right.replace('{', '{"client_name":"\\ud800",')],
    ['a number beyond all numbers', right.replace('{', '{"a":1e999,')],
  ])('A12.7 that is %s is refused', async (_, body) => {
    expect(await sent(body)).toEqual([400, 'invalid_client_metadata', 0])
  })

  it('A12.7 of a mebibyte is too large', async () => {
    expect(await sent(right.padEnd(1024 * 1024))).toEqual([413, 'invalid_request', 0])
  })

  it('A12.8 members that objects inherit are dropped, and nothing leaks', async () => {
    const { register, bare } = await open()
    const hostile = right.replace(
      '{',
      '{"__proto__":{"trusted":true,"redirect_uris":["https://evil.test/cb"]},"constructor":{"prototype":{"polluted":1}},"toString":"x","hasOwnProperty":1,"valueOf":null,',
    )
    const { status, body } = await register(hostile)
    expect(status).toBe(201)
    expect(body.redirect_uris).toEqual([CALLBACK])
    for (const name of ['trusted', 'constructor', 'toString', 'hasOwnProperty', '__proto__']) {
      expect(Object.hasOwn(body, name), name).toBe(false)
    }
    const { record } = await bare.get('client', String(body.client_id))
    expect(Object.hasOwn(record?.metadata ?? {}, '__proto__')).toBe(false)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    const alone = await register('{"__proto__":{"redirect_uris":["https://evil.test/cb"]}}')
    expect(alone.body.error).toBe('invalid_redirect_uri')
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json-seq',
    'application/json; charset=utf-16',
    'multipart/form-data; boundary=x',
    'text/json',
  ])('A12.11 of the type %s is not read', async (type) => {
    expect(await sent(right, { 'content-type': type })).toEqual([415, 'invalid_request', 0])
  })

  it('A12.11 without a type, or compressed, is not read', async () => {
    expect(await sent(new TextEncoder().encode(right), {})).toEqual([415, 'invalid_request', 0])
    const compressed = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    expect(await sent(right, compressed)).toEqual([415, 'invalid_request', 0])
    expect((await sent(right, { 'content-type': 'Application/JSON; charset="UTF-8"' }))[0]).toBe(201)
  })
})
