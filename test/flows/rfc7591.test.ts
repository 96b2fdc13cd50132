import { account, createAccounts, createTokens, system, tenant, user } from 'tokenloop'
import type { ClientCandidate, ClientVerdict } from 'tokenloop/oauth'
import { slowStore } from 'tokenloop/testing'
import { describe, expect, it, vi } from 'vitest'
import { around } from '../../src/store/around.js'
import { CALLBACK, catalogue, ISSUER, type WorldOptions, world as worldOver } from '../oauth/support.js'
import { flowTransports } from '../oauth/transports.js'

const METADATA = { client_name: 'Streams', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' }
/** How many registrations one address tries; a hundred thousand in longer runs. */
const FLOOD = Number(process.env.OAUTH_FLOOD ?? 10_000)
const OPEN = { registration: { open: true } } as const

describe.each(flowTransports)('RFC 7591 $name:', (over) => {
  const world = (options: WorldOptions = {}) => worldOver({ over, ...options })

  describe('a client registers itself', () => {
    it('and gets tokens, with nothing but what it was answered', async () => {
      const { register, connect, send } = await world(OPEN)
      const metadata = await send('GET', '/.well-known/oauth-authorization-server')
      expect(metadata.body.registration_endpoint).toBe(`${ISSUER}/oauth/register`)
      const registered = await register({ ...METADATA, grant_types: ['authorization_code', 'refresh_token'] })
      expect(registered).toMatchObject({
        status: 201,
        body: {
          client_id: expect.stringMatching(/^c_[0-9A-Za-z]{16}$/),
          client_id_issued_at: Date.UTC(2026, 0, 1) / 1000,
          client_name: 'Streams',
          redirect_uris: [CALLBACK],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'none',
          application_type: 'web',
          registration_access_token: expect.stringMatching(/^rat_/),
          registration_client_uri: expect.stringContaining(`${ISSUER}/oauth/register?client_id=c_`),
        },
      })
      expect(registered.headers.get('cache-control')).toBe('no-store')
      expect(registered.body).not.toHaveProperty('client_secret')
      const tokens = await connect(String(registered.body.client_id), { scope: 'read' })
      expect(tokens).toMatchObject({ status: 200, body: { scope: 'read', refresh_token: expect.any(String) } })
    })

    it('and gets a secret where it authenticates with one, which is the default', async () => {
      const { register, codeFor, post } = await world(OPEN)
      const { body } = await register({ redirect_uris: [CALLBACK] })
      expect(body).toMatchObject({
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: ['authorization_code'],
        client_secret: expect.stringMatching(/^cs_/),
        client_secret_expires_at: 0,
      })
      const id = String(body.client_id)
      const { code, verifier } = await codeFor(id)
      const redemption = { grant_type: 'authorization_code', code, code_verifier: verifier }
      const authorization = `Basic ${btoa(`${id}:${body.client_secret}`)}`
      expect(await post('/oauth/token', redemption, { authorization })).toMatchObject({ status: 200 })
    })

    it('with a software statement, which is not believed: what counts stands beside it', async () => {
      const { register } = await world(OPEN)
      const jwt = (claims: object) => `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(claims))}.`
      const software_statement = jwt({ client_name: 'Somebody else', redirect_uris: ['https://evil.test/cb'] })
      const { status, body } = await register({ ...METADATA, software_statement })
      expect([status, body.client_name, body.redirect_uris]).toEqual([201, 'Streams', [CALLBACK]])
      expect(body).not.toHaveProperty('software_statement')
      const alone = await register({ token_endpoint_auth_method: 'none', software_statement })
      expect(alone).toMatchObject({ status: 400, body: { error: 'invalid_redirect_uri' } })
    })

    it('is told what was left out: other grant types, other response types, unknown scopes and members', async () => {
      const { register } = await world(OPEN)
      const { status, body } = await register({
        ...METADATA,
        grant_types: ['authorization_code', 'implicit', 'urn:example:other'],
        response_types: ['code', 'token'],
        scope: 'read unheard-of write',
        contacts: ['a@b.example'],
        'client_name#ja': '名前',
        id_token_signed_response_alg: 'RS256',
        tos_uri: null,
      })
      expect(status).toBe(201)
      expect(body).toMatchObject({ grant_types: ['authorization_code'], response_types: ['code'], scope: 'read write' })
      for (const member of ['contacts', 'client_name#ja', 'id_token_signed_response_alg', 'tos_uri']) {
        expect(body).not.toHaveProperty(member)
      }
    })

    it('is native where it returns to a loopback address or a scheme of its own, unless it says otherwise', async () => {
      const { register } = await world(OPEN)
      const typeOf = async (uri: string, more = {}) =>
        (await register({ ...METADATA, redirect_uris: [uri], ...more })).body.application_type
      expect(await typeOf('http://127.0.0.1/cb')).toBe('native')
      expect(await typeOf('http://localhost:3000/cb')).toBe('native')
      expect(await typeOf('com.example.app:/cb')).toBe('native')
      expect(await typeOf(CALLBACK)).toBe('web')
      expect(await typeOf('http://localhost:3000/cb', { application_type: 'web' })).toBe('web')
    })

    it('has no endpoint and no metadata for it where registration is not offered', async () => {
      const { auth, send } = await world()
      expect(await auth.handle(new Request(`${ISSUER}/oauth/register`, { method: 'POST' }))).toBeUndefined()
      const { body } = await send('GET', '/.well-known/oauth-authorization-server')
      expect(body).not.toHaveProperty('registration_endpoint')
    })
  })

  describe('the policy of the host', () => {
    const withPolicy = (policy: (candidate: ClientCandidate) => ClientVerdict | Promise<ClientVerdict>) =>
      world({ registration: { open: true, policy } })

    it('sees the checked metadata and the address, and may refuse', async () => {
      const seen: ClientCandidate[] = []
      const { register, auth, events } = await withPolicy((candidate) => {
        seen.push(candidate)
        return false
      })
      const refused = await register(METADATA, {}, { ip: '192.0.2.7' })
      expect(refused).toMatchObject({ status: 403, body: { error: 'access_denied' } })
      expect(seen).toMatchObject([{ origin: 'dynamic', ip: '192.0.2.7', metadata: { client_name: 'Streams' } }])
      expect((await auth.clients.list()).items).toEqual([])
      expect(events.at(-1)).toMatchObject({ type: 'oauth.refused', detail: { rule: 'registration_refused' } })
    })

    it('may narrow what is registered, and never widens it', async () => {
      let verdict: ClientVerdict = { scopes: ['read'], grantTypes: ['authorization_code'] }
      const { register } = await withPolicy(() => verdict)
      const asked = { ...METADATA, grant_types: ['authorization_code', 'refresh_token'] }
      expect(await register(asked)).toMatchObject({
        status: 201,
        body: { scope: 'read', grant_types: ['authorization_code'] },
      })
      for (const wider of [
        { grantTypes: ['client_credentials'] },
        { redirectUris: ['https://evil.test/cb'] },
      ] as const) {
        verdict = wider
        expect(await register(asked)).toMatchObject({ status: 500, body: { error: 'server_error' } })
      }
      verdict = { redirectUris: [] }
      expect((await register(asked)).status).toBe(500)
    })

    it('A12.14 may have the caller wait: 429 with Retry-After', async () => {
      let left = 3
      const { register, auth } = await withPolicy(() => (left-- > 0 ? true : { retryAfter: 60 }))
      const answers = await Promise.all(Array.from({ length: 20 }, () => register(METADATA)))
      const limited = answers.filter(({ status }) => status === 429)
      expect(limited).toHaveLength(17)
      expect(limited[0]?.headers.get('retry-after')).toBe('60')
      expect(limited[0]?.body.error).toBe('temporarily_unavailable')
      expect((await auth.clients.list()).items).toHaveLength(3)
    })

    it('A12.14 clients that nobody uses go with the sweep', async () => {
      const { register, auth, bare, clock, connect } = await world(OPEN)
      for (let i = 0; i < 5; i++) await register(METADATA)
      const used = String((await register({ ...METADATA, client_name: 'Used' })).body.client_id)
      await connect(used)
      clock.advance('8d')
      await bare.sweep(100)
      expect((await auth.clients.list()).items.map(({ id }) => id)).toEqual([used])
    })

    it.each<[string, () => unknown]>([
      [
        'throws',
        () => {
          throw new Error('secret detail')
        },
      ],
      [
        'throws null',
        () => {
          throw null
        },
      ],
      ['rejects', () => Promise.reject(new Error('secret detail'))],
      ['answers nothing', () => undefined],
      ['answers something else', () => 'yes'],
      ['answers an empty object', () => ({})],
      ['answers a member that there is none of', () => ({ trusted: true })],
    ])('A20.18 lets nobody in when it %s', async (_, policy) => {
      const { register, auth } = await world({ registration: { open: true, policy: policy as () => boolean } })
      const { status, body } = await register(METADATA)
      expect([status, body.error]).toEqual([500, 'server_error'])
      expect(JSON.stringify(body)).not.toContain('secret detail')
      expect((await auth.clients.list()).items).toEqual([])
    })
  })

  describe('initial access tokens', () => {
    const INVITED = { registration: { initialAccessTokens: true } } as const
    const bearing = (token: string) => ({ authorization: `Bearer ${token}` })

    it('A12.12 registration needs one, and the client hangs on the tenant of whoever made it', async () => {
      const { auth, register, bare, connect } = await world(INVITED)
      const by = user('alice', { tenant: 'ws_1' })
      const { secret, expiresAt } = await auth.clients.initialAccess({ by, expiresIn: '1h' })
      expect(expiresAt).toBe(Date.UTC(2026, 0, 1, 1))
      await expect(auth.clients.initialAccess({ by, tenant: undefined } as never)).rejects.toMatchObject({
        code: 'invalid_input',
      })
      const { status, body } = await register(METADATA, bearing(secret.reveal()))
      expect(status).toBe(201)
      const client = await auth.clients.get(String(body.client_id), { tenant: 'ws_1' })
      expect(client).toMatchObject({ origin: 'dynamic', createdBy: { kind: 'user', id: 'alice' }, tenant: 'ws_1' })
      await createAccounts({ store: bare, catalogue }).suspend(tenant('ws_1'), { by: system })
      await expect(connect(client.id)).resolves.toMatchObject({ status: 401 })
    })

    it('A12.12 without one, with a wrong one, an expired one, or one that was used: 401 with a challenge', async () => {
      const { auth, register, clock } = await world(INVITED)
      const { secret } = await auth.clients.initialAccess({ by: system, expiresIn: '1h' })
      const text = secret.reveal()
      const bare = await register(METADATA)
      expect(bare.status).toBe(401)
      expect(bare.headers.get('www-authenticate')).toBe('Bearer realm="oauth"')
      const forged = `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`
      const other = (await world(INVITED)).auth.clients.initialAccess({ by: system })
      for (const token of [forged, 'x', (await other).secret.reveal()]) {
        const answer = await register(METADATA, bearing(token))
        expect([answer.status, answer.body.error], token).toEqual([401, 'invalid_token'])
        expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
      }
      expect((await register(METADATA, bearing(text))).status).toBe(201)
      expect((await register(METADATA, bearing(text))).status).toBe(401)
      const late = (await auth.clients.initialAccess({ by: system, expiresIn: '1h' })).secret.reveal()
      clock.advance('1h')
      expect((await register(METADATA, bearing(late))).status).toBe(401)
      expect((await auth.clients.list()).items).toHaveLength(1)
    })

    it('A12.12 metadata that is refused does not use it up', async () => {
      const { auth, register } = await world(INVITED)
      const token = bearing((await auth.clients.initialAccess({ by: system })).secret.reveal())
      expect((await register({ redirect_uris: ['javascript:alert(1)'] }, token)).status).toBe(400)
      expect((await register(METADATA, token)).status).toBe(201)
    })

    it('A12.12, R8 of 32 registrations at once with one of them, on a store that takes its time, one wins', async () => {
      const { auth, register } = await world({ ...INVITED, wrap: (store) => slowStore(store, { seed: 3 }) })
      for (let round = 0; round < 5; round++) {
        const token = bearing((await auth.clients.initialAccess({ by: system })).secret.reveal())
        const answers = await Promise.all(Array.from({ length: 32 }, () => register(METADATA, token)))
        expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
        expect(answers.filter(({ status }) => status === 401)).toHaveLength(31)
        expect((await auth.clients.list()).items).toHaveLength(round + 1)
      }
    })

    it('A12.12 a token stays used after its client was swept or deleted', async () => {
      const { auth, register, bare, clock, send } = await world(INVITED)
      const token = bearing((await auth.clients.initialAccess({ by: system, expiresIn: '30d' })).secret.reveal())
      const { body } = await register(METADATA, token)
      clock.advance('20d')
      await bare.sweep(100)
      expect((await register(METADATA, token)).status).toBe(401)
      const own = bearing(String(body.registration_access_token))
      expect((await send('DELETE', String(body.registration_client_uri), { headers: own })).status).toBe(204)
      await bare.sweep(100)
      expect((await register(METADATA, token)).status).toBe(401)
    })

    it('A12.12 one is worth nothing while whoever made it may not act, and they make none then', async () => {
      const { auth, register, bare } = await world(INVITED)
      const accounts = createAccounts({ store: bare, catalogue })
      const by = user('alice')
      const token = bearing((await auth.clients.initialAccess({ by })).secret.reveal())
      await accounts.suspend(by, { by: system })
      expect(await register(METADATA, token)).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
      await expect(auth.clients.initialAccess({ by })).rejects.toMatchObject({ code: 'scope_not_allowed' })
      await accounts.resume(by, { by: system })
      expect((await register(METADATA, token)).status).toBe(201)

      const bot = await accounts.create({ by: system, name: 'bot', scopes: ['read'] })
      const tokens = createTokens({ store: bare, catalogue, prefix: 'bot' })
      const issued = await tokens.issue({ by: system, owner: account(bot.id), name: 'x', expiresIn: '1h' })
      const verified = await tokens.verify(issued.secret)
      if (!verified.ok) throw new Error(verified.reason)
      const ofBot = await auth.clients.initialAccess({ by: verified.principal })
      expect(ofBot.expiresAt).toBe(issued.token.expiresAt)
      await accounts.delete(bot.id, { by: system })
      expect((await register(METADATA, bearing(ofBot.secret.reveal()))).status).toBe(401)
      expect((await auth.clients.list()).items).toHaveLength(1)
    })

    it('A12.12 one goes through although what it hangs on is changed at that very moment', async () => {
      let meddle: (() => Promise<unknown>) | undefined
      const { auth, register, bare } = await world({
        ...INVITED,
        wrap: (store) => ({
          ...around(store, (_, run) => run()),
          async write(kind, ...args) {
            if (kind === 'client') await meddle?.()
            meddle = undefined
            return store.write(kind, ...args)
          },
        }),
      })
      const by = user('alice', { tenant: 'ws_1' })
      const token = bearing((await auth.clients.initialAccess({ by })).secret.reveal())
      meddle = () => createAccounts({ store: bare, catalogue }).cutOff(tenant('ws_1'), { by: system })
      expect((await register(METADATA, token)).status).toBe(201)
    })

    it('refuses a life that is none, in a typed error', async () => {
      const { auth } = await world(INVITED)
      for (const expiresIn of ['181d', 0] as const) {
        await expect(auth.clients.initialAccess({ by: system, expiresIn })).rejects.toMatchObject({
          code: 'invalid_expiry',
        })
      }
    })
  })
})

describe('RFC 7591 at scale', () => {
  it(
    'A12.14 of a flood of registrations from one address only what the policy lets in is kept',
    async () => {
      const perAddress = new Map<string, number>()
      const policy = ({ ip = '' }: ClientCandidate): ClientVerdict => {
        const count = (perAddress.get(ip) ?? 0) + 1
        perAddress.set(ip, count)
        return count <= 100 ? true : { retryAfter: 3600 }
      }
      const { register, bare, clock, auth } = await worldOver({
        registration: { open: true, policy },
        onEvent: () => {},
      })
      const statuses = new Map<number, number>()
      for (let i = 0; i < FLOOD; i++) {
        const { status } = await register(METADATA, {}, { ip: '192.0.2.7' })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
      expect([...statuses]).toEqual([
        [201, 100],
        [429, FLOOD - 100],
      ])
      expect((await register(METADATA, {}, { ip: '192.0.2.8' })).status).toBe(201)
      expect((await auth.clients.list({ limit: 200 })).items).toHaveLength(101)
      clock.advance('8d')
      expect(await bare.sweep(1000)).toMatchObject({ removed: expect.any(Number), more: false })
      expect((await auth.clients.list({ limit: 200 })).items).toEqual([])
    },
    60_000 + FLOOD * 5,
  )

  it('A20.18 a policy that never answers is waited for five seconds, and lets nobody in', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const policy = () => new Promise<boolean>(() => {})
      const { register, bare } = await worldOver({ registration: { open: true, policy } })
      let isAnswered = false
      const registered = register(METADATA).finally(() => {
        isAnswered = true
      })
      await vi.advanceTimersByTimeAsync(4999)
      expect(isAnswered).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect(await registered).toMatchObject({ status: 500, body: { error: 'server_error' } })
      expect((await bare.list('client', {}, { limit: 1 })).items).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })
})
