import { system } from 'tokenloop'
import type { ClientVerdict } from 'tokenloop/oauth'
import { slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { DOCUMENT, documentOf, type Served, web } from '../oauth/documents.js'
import { CALLBACK, type WorldOptions, world as worldOver } from '../oauth/support.js'
import { flowTransports } from '../oauth/transports.js'

describe.each(flowTransports)('client ID metadata documents $name:', (over) => {
  /** A server, and the document as it is now. */
  async function serving(
    served: Served | (() => Served | Promise<Served>) = { body: documentOf() },
    options: WorldOptions = {},
  ) {
    let page = served
    const { fetch, asked } = web({ [DOCUMENT]: () => (typeof page === 'function' ? page() : page) })
    const made = await worldOver({ over, metadataDocuments: { fetch }, ...options })
    const ask = async (id = DOCUMENT, fields = {}) => made.auth.begin(made.asking(id, fields).request, made.alice)
    return {
      ...made,
      asked,
      ask,
      serve: (next: typeof page) => {
        page = next
      },
    }
  }

  it('a client is known by the address of its document, and gets tokens', async () => {
    const { connect, auth, asked, send } = await serving()
    expect((await send('GET', '/.well-known/oauth-authorization-server')).body).toMatchObject({
      client_id_metadata_document_supported: true,
    })
    const tokens = await connect(DOCUMENT, { scope: 'read' })
    expect(tokens).toMatchObject({ status: 200, body: { scope: 'read', refresh_token: expect.any(String) } })
    expect(asked).toEqual([DOCUMENT])
    expect(await auth.clients.get(DOCUMENT)).toMatchObject({
      id: DOCUMENT,
      origin: 'document',
      name: 'Example client',
      authMethod: 'none',
      redirectUris: [CALLBACK],
      keepUntil: null,
    })
  })

  it('is not accepted where documents are not', async () => {
    const { fetch, asked } = web({ [DOCUMENT]: { body: documentOf() } })
    const { auth, asking, alice } = await worldOver({ over, metadataDocuments: false })
    expect(await auth.begin(asking(DOCUMENT).request, alice)).toMatchObject({
      kind: 'refused',
      reason: 'client_unknown',
    })
    expect([fetch, asked]).toEqual([expect.any(Function), []])
  })

  it('the consent page is told the verified domain, and where the answer goes', async () => {
    const { ask } = await serving()
    expect(await ask()).toMatchObject({
      kind: 'consent',
      view: {
        client: { id: DOCUMENT, name: 'Example client', domain: 'client.example', origin: 'document' },
        redirectHost: 'client.test',
        isLoopback: false,
      },
    })
  })

  it('A13.11 a document whose answers go to this machine alone is shown with a warning', async () => {
    const redirect_uri = 'http://127.0.0.1:4711/cb'
    const { ask } = await serving({ body: documentOf(DOCUMENT, { redirect_uris: ['http://127.0.0.1/cb'] }) })
    expect(await ask(DOCUMENT, { redirect_uri })).toMatchObject({
      kind: 'consent',
      view: { client: { domain: 'client.example' }, redirectHost: '127.0.0.1:4711', isLoopback: true },
    })
  })

  it.each([
    'http://client.example/oauth/metadata.json',
    'HTTPS://client.example/oauth/metadata.json',
    'https://client.example',
    'https://client.example/',
    'https://client.example/../x',
    'https://client.example/%2e%2e/x',
    'https://client.example/a/./b',
    'https://client.example/a#',
    'https://client.example/a?#',
    'https://client.example/a#b',
    'https://user@client.example/a',
    'https://user:x@client.example/a',
    'https://@client.example/a',
    'https://:@client.example/a',
    'https://client.example./a',
    'https://127.0.0.1/a',
    'https://2130706433/a',
    'https://0x7f.1/a',
    'https://[::1]/a',
    'https://localhost/a',
    'https://printer.local/a',
    'https://intranet/a',
    'https://CLIENT.example/a',
    'https://client.example:443/a',
    'https:/client.example/a',
    'https:\\\\client.example\\a',
    'https://client.example/a b',
    'https://client.example/\u00e9',
  ])('A13.1 %s is no address of a document: nothing is fetched', async (id) => {
    const { ask, asked } = await serving()
    expect(await ask(id)).toMatchObject({ kind: 'refused', reason: 'client_unknown' })
    expect(asked).toEqual([])
  })

  it.each([
    'https://CLIENT.example/oauth/metadata.json',
    'https://client.example/oauth/metadata.json/',
    'https://client.example:443/oauth/metadata.json',
    'https://client.example/oauth/Metadata.json',
    undefined,
    7,
  ])('A13.2 a document that says it is of %s is refused', async (client_id) => {
    const { ask, auth } = await serving({ body: { ...documentOf(), client_id } })
    expect(await ask()).toMatchObject({ kind: 'refused', reason: 'document_invalid' })
    expect((await auth.clients.list()).items).toEqual([])
  })

  it.each([301, 302, 303, 307, 308])(
    'A13.3 a document behind a %i is refused, and what it leads to is not fetched',
    async (status) => {
      const { ask, asked } = await serving({
        status,
        headers: { location: 'https://client.example/other' },
        body: documentOf(),
      })
      expect(await ask()).toMatchObject({ kind: 'refused', reason: 'document_not_fetched' })
      expect(asked).toEqual([DOCUMENT])
    },
  )

  const LARGE = JSON.stringify(documentOf()).padEnd(5 * 1024 + 1)
  it.each<[string, Served, string]>([
    ['201', { status: 201, body: documentOf() }, 'document_not_fetched'],
    ['204', { status: 204 }, 'document_not_fetched'],
    ['404', { status: 404, body: documentOf() }, 'document_not_fetched'],
    ['500', { status: 500, body: documentOf() }, 'document_not_fetched'],
    ['of another type', { headers: { 'content-type': 'text/html' }, body: documentOf() }, 'document_invalid'],
    ['of 5 KiB and a byte', { body: LARGE }, 'document_not_fetched'],
    ['that is no JSON', { body: '<html>' }, 'document_invalid'],
    ['that is a list', { body: [documentOf()] }, 'document_invalid'],
    [
      'that names a member twice',
      { body: JSON.stringify(documentOf()).replace('{', '{"client_id":"x",') },
      'document_invalid',
    ],
    ['that is too deep', { body: `${'['.repeat(2000)}${']'.repeat(2000)}` }, 'document_invalid'],
    ['that is empty', { body: '' }, 'document_invalid'],
  ])('A13.4, A18.9 a document %s is refused', async (_, served, reason) => {
    const { ask, auth } = await serving(served)
    expect(await ask()).toMatchObject({ kind: 'refused', reason })
    expect((await auth.clients.list()).items).toEqual([])
  })

  it('A13.4 one of exactly 5 KiB is read', async () => {
    const { ask } = await serving({ body: LARGE.slice(0, -1) })
    expect((await ask()).kind).toBe('consent')
  })

  it.each<[string, object, string]>([
    ['a secret', { client_secret: 'x' }, 'document_invalid'],
    ['the end of a secret', { client_secret_expires_at: 0 }, 'document_invalid'],
    ['HTTP Basic', { token_endpoint_auth_method: 'client_secret_basic' }, 'document_invalid'],
    ['a secret in the body', { token_endpoint_auth_method: 'client_secret_post' }, 'document_invalid'],
    [
      'keys by value and by reference',
      { jwks: { keys: [] }, jwks_uri: 'https://client.example/jwks' },
      'client_metadata_invalid',
    ],
    [
      'a private key',
      { jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'b', d: 'c' }] } },
      'client_metadata_invalid',
    ],
    ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }, 'client_metadata_invalid'],
    ['a redirect URI that runs a script', { redirect_uris: ['javascript:alert(1)'] }, 'redirect_uri_invalid'],
    ['a redirect URI that names an issuer', { redirect_uris: ['https://c.test/cb?iss=x'] }, 'redirect_uri_invalid'],
    ['no redirect URI', { redirect_uris: [] }, 'redirect_uri_invalid'],
  ])('A13.6 a document with %s is refused', async (_, more, reason) => {
    const { ask, auth } = await serving({ body: documentOf(DOCUMENT, more) })
    expect(await ask()).toMatchObject({ kind: 'refused', reason })
    expect((await auth.clients.list()).items).toEqual([])
  })

  it('A4.16 what a document grants itself is not kept', async () => {
    const more = {
      trusted: true,
      skip_consent: true,
      client_credentials_scopes: 'admin',
      roles: ['Reader'],
      scope: 'read',
    }
    const { ask, auth } = await serving({
      body: documentOf(DOCUMENT, { ...more, grant_types: ['authorization_code', 'client_credentials'] }),
    })
    expect((await ask()).kind).toBe('consent')
    const client = await auth.clients.get(DOCUMENT)
    expect(client).toMatchObject({ roles: [], grantTypes: ['authorization_code'], scopes: ['read'] })
    expect(JSON.stringify(client)).not.toMatch(/trusted|skip_consent|client_credentials/)
  })

  it('A13.7 a failure is never kept: the next request asks again, and those after it wait for longer and longer', async () => {
    const { ask, serve, asked, clock } = await serving({ status: 500 })
    expect((await ask()).kind).toBe('refused')
    serve({ body: documentOf() })
    expect((await ask()).kind).toBe('consent')
    serve({ status: 500 })
    clock.advance('10m')
    const before = asked.length
    for (let i = 0; i < 10; i++) expect((await ask()).kind).toBe('refused')
    expect(asked.length - before).toBe(2)
    clock.advance('1s')
    await ask()
    await ask()
    expect(asked.length - before).toBe(3)
    clock.advance('1m')
    serve({ body: documentOf() })
    expect((await ask()).kind).toBe('consent')
  })

  it.each<[string, Record<string, string>, string | undefined, string]>([
    ['nothing', {}, '4m', '5m'],
    ['max-age', { 'cache-control': 'max-age=3600' }, '59m', '1h'],
    ['more than a day', { 'cache-control': 'max-age=1000000000000' }, '23h', '1d'],
    ['s-maxage before max-age', { 'cache-control': 'max-age=3600, s-maxage=60' }, '59s', '60s'],
    ['an age', { 'cache-control': 'max-age=3600', age: '3000' }, '9m', '10m'],
    ['Expires', { expires: new Date(Date.UTC(2026, 0, 1, 1)).toUTCString() }, '59m', '1h'],
  ])('A13.8 a document is kept as long as its headers say, within a day: %s', async (_, headers, within, after) => {
    const { ask, asked, clock } = await serving({ headers, body: documentOf() })
    await ask()
    clock.advance(within as '1m')
    await ask()
    expect(asked).toHaveLength(1)
    clock.set(Date.UTC(2026, 0, 1))
    clock.advance(after as '1m')
    await ask()
    expect(asked).toHaveLength(2)
  })

  it.each<[string, Record<string, string>]>([
    ['a negative age', { 'cache-control': 'max-age=-1' }],
    ['no number', { 'cache-control': 'max-age=soon' }],
    ['two ages', { 'cache-control': 'max-age=60, max-age=3600' }],
    ['s-maxage=0', { 'cache-control': 'max-age=3600, s-maxage=0' }],
    ['no-store', { 'cache-control': 'no-store, max-age=60' }],
    ['no-cache', { 'cache-control': 'no-cache' }],
    ['Vary: *', { 'cache-control': 'max-age=60', vary: '*' }],
    ['Expires in the past', { expires: 'Thu, 01 Jan 1970 00:00:00 GMT' }],
    ['Expires that is no date', { expires: '0' }],
  ])(
    'A13.8 a document is stale at once where its headers forbid it, or contradict themselves: %s',
    async (_, headers) => {
      const { ask, asked } = await serving({ headers, body: documentOf() })
      await ask()
      await ask()
      expect(asked).toHaveLength(2)
    },
  )

  it('A13.9 500 requests at once lead to one fetch, and one record', async () => {
    const { ask, asked, auth } = await serving()
    const kinds = await Promise.all(Array.from({ length: over.longest < Infinity ? 50 : 500 }, () => ask()))
    expect(new Set(kinds.map(({ kind }) => kind))).toEqual(new Set(['consent']))
    expect(asked).toHaveLength(1)
    expect((await auth.clients.list()).items).toHaveLength(1)
  })

  it('A13.9 a flood of addresses is met with a budget, in all and for each host, which is there again a minute later', async () => {
    const { ask, asked, clock } = await serving()
    for (let i = 0; i < 60; i++) await ask(`https://flood.example/${i}`)
    expect(asked).toHaveLength(30)
    for (let i = 0; i < 300; i++) await ask(`https://h${i}.example/a`)
    expect(asked).toHaveLength(120)
    expect(await ask()).toMatchObject({ kind: 'refused', reason: 'documents_limited' })
    clock.advance('1m')
    expect((await ask()).kind).toBe('consent')
  })

  it('A13.12 a client that the host registered, or that registered itself, is never written over', async () => {
    const { bare, ask, asked, clock, publicClient } = await serving()
    const { record } = await bare.get('client', await publicClient())
    if (record === undefined) throw new Error('no client')
    for (const origin of ['manual', 'dynamic'] as const) {
      const { version } = await bare.get('client', DOCUMENT)
      await bare.write('client', DOCUMENT, version, { ...record, origin })
      expect(await ask()).toMatchObject({
        kind: 'consent',
        view: { client: { name: 'Acme CLI', origin, domain: null } },
      })
      clock.advance('1d')
    }
    expect(asked).toEqual([])
    expect((await bare.get('client', DOCUMENT)).record?.metadata.client_name).toBe('Acme CLI')
  })

  it('A13.13 two devices of one client: to authorise one again ends nothing of the other', async () => {
    const { connect, post, ask } = await serving()
    const first = await connect(DOCUMENT)
    expect((await ask()).kind).toBe('redirect')
    await connect(DOCUMENT)
    const refresh_token = String(first.body.refresh_token)
    expect(
      await post('/oauth/token', { grant_type: 'refresh_token', client_id: DOCUMENT, refresh_token }),
    ).toMatchObject({ status: 200 })
  })

  it('another name is shown, and other redirect URIs or keys ask again', async () => {
    const { ask, serve, clock, connect } = await serving()
    await connect(DOCUMENT)
    const kindAfter = async (more: object) => {
      serve({ body: documentOf(DOCUMENT, more) })
      clock.advance('1h')
      return (await ask()).kind
    }
    expect(await kindAfter({ client_name: 'New name' })).toBe('redirect')
    expect(await kindAfter({ redirect_uris: [CALLBACK, 'https://other.test/cb'] })).toBe('consent')
    expect(await kindAfter({})).toBe('redirect')
    expect(await kindAfter({ jwks_uri: 'https://client.example/jwks' })).toBe('consent')
  })

  it('what is in use goes on while its document cannot be had; what is begun does not', async () => {
    const { connect, post, serve, clock, ask } = await serving()
    const { body } = await connect(DOCUMENT)
    serve({ status: 500 })
    clock.advance('1h')
    expect((await ask()).kind).toBe('refused')
    const refresh = { grant_type: 'refresh_token', client_id: DOCUMENT, refresh_token: String(body.refresh_token) }
    expect(await post('/oauth/token', refresh)).toMatchObject({ status: 200 })
  })

  it('the host may refuse or narrow a document by its address', async () => {
    let verdict: ClientVerdict = false
    const { fetch } = web({ [DOCUMENT]: { body: documentOf() } })
    const policy = ({ id, origin }: { id?: string; origin: string }) =>
      id === DOCUMENT && origin === 'document' ? verdict : ('never' as never)
    const { auth, asking, alice } = await worldOver({ over, metadataDocuments: { fetch, policy } })
    const ask = () => auth.begin(asking(DOCUMENT).request, alice)
    expect(await ask()).toMatchObject({ kind: 'refused', reason: 'registration_refused' })
    expect((await auth.clients.list()).items).toEqual([])
    verdict = { scopes: ['read'] }
    const narrowed = await ask()
    expect(narrowed).toMatchObject({ kind: 'consent', view: { scopes: [{ name: 'read' }] } })
  })

  it('a client that the host stopped stays stopped, whatever its document says', async () => {
    const { auth, ask, asked, clock, bare, connect } = await serving()
    await connect(DOCUMENT)
    await auth.clients.suspend(DOCUMENT, { by: system })
    clock.advance('1d')
    expect(await ask()).toMatchObject({ kind: 'refused', reason: 'client_inactive' })
    await auth.clients.resume(DOCUMENT, { by: system })
    expect((await ask()).kind).toBe('redirect')
    await auth.clients.delete(DOCUMENT, { by: system })
    clock.advance('2y')
    await bare.sweep(1000)
    const before = asked.length
    expect(await ask()).toMatchObject({ kind: 'refused', reason: 'client_inactive' })
    expect(asked).toHaveLength(before)
    await expect(auth.clients.update(DOCUMENT, { by: system, name: 'x' })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('on a store that takes its time, requests of several instances make one record', async () => {
    const { bare } = await serving()
    const fetch = web({ [DOCUMENT]: { body: documentOf() } }).fetch
    const worlds = await Promise.all(
      [1, 2, 3, 4].map((seed) =>
        worldOver({ over, store: bare, wrap: (store) => slowStore(store, { seed }), metadataDocuments: { fetch } }),
      ),
    )
    const asks = await Promise.all(worlds.map(({ auth, asking, alice }) => auth.begin(asking(DOCUMENT).request, alice)))
    expect(asks.map(({ kind }) => kind)).toEqual(['consent', 'consent', 'consent', 'consent'])
    const { items } = await bare.list('client', {}, { limit: 10 })
    expect(items).toHaveLength(1)
  })
})

it('a server on this machine may have clients that are on it, where the host brings the fetch', async () => {
  const ids = [
    'http://localhost:4000/client.json',
    'http://127.0.0.1:4000/client.json',
    'https://localhost:4000/client.json',
  ]
  const pages = Object.fromEntries(ids.map((id) => [id, { body: documentOf(id) }]))
  const { fetch, asked } = web(pages)
  const { auth, alice, asking } = await worldOver({ issuer: 'http://localhost:3000', metadataDocuments: { fetch } })
  for (const id of ids) {
    const request = new Request(asking(id).request.url.replace('https://as.test', 'http://localhost:3000'))
    expect((await auth.begin(request, alice)).kind, id).toBe('consent')
  }
  expect(asked).toEqual(ids)
})
