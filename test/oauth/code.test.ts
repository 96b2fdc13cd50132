import { createAccounts, createPkce, system, user } from 'tokenloop'
import { createGuard, jwts } from 'tokenloop/resource'
import { faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { CALLBACK, catalogue, ISSUER, RESOURCE, type World, type WorldOptions, world } from './support.js'

const REFUSED = { status: 400, body: { error: 'invalid_grant' } }
const DONE = { status: 200, body: { token_type: 'Bearer' } }

/** A public client with a code, and what can be tried with it. */
async function asked(options: WorldOptions = {}) {
  const as = await world(options)
  const client = await as.publicClient()
  const { code, verifier } = await as.codeFor(client)
  const redeem = (fields: object = {}, headers = {}) => {
    const usual = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
    return as.post('/oauth/token', { ...usual, ...fields }, headers)
  }
  const guard = createGuard({
    resource: RESOURCE,
    catalogue,
    accept: [jwts({ issuer: ISSUER, keys: as.keys, store: as.store, clock: as.clock })],
  })
  const works = async ({ access_token }: Readonly<Record<string, unknown>>) =>
    (await guard.check(new Request(RESOURCE, { headers: { authorization: `Bearer ${access_token}` } }))).ok
  return { ...as, as, client, code, verifier, redeem, works }
}

const rulesOf = ({ events }: World) =>
  events.filter(({ type }) => type === 'oauth.refused').map(({ detail }) => detail?.rule)
const endsOf = ({ events }: World) => events.filter(({ type }) => type === 'authorization.ended')

describe('a code', () => {
  it('A8.1 is redeemed once: an otherwise valid repeat later ends all that came of it', async () => {
    const { redeem, works, clock, as } = await asked()
    const { body } = await redeem()
    clock.advance('3s')
    expect(await works(body)).toBe(true)
    expect(await redeem()).toMatchObject(REFUSED)
    expect(await works(body)).toBe(false)
    expect(endsOf(as)).toMatchObject([{ detail: { why: 'code_reused' } }])
    expect(await redeem()).toMatchObject(REFUSED)
    expect(endsOf(as)).toHaveLength(1)
  })

  it('A8.1 within two seconds a valid repeat is refused, and the winner keeps its tokens', async () => {
    const { redeem, works, clock, as } = await asked()
    const { body } = await redeem()
    clock.advance('2s')
    expect(await redeem()).toMatchObject(REFUSED)
    expect(await works(body)).toBe(true)
    expect(endsOf(as)).toEqual([])
  })

  it('A8.1 A8.6 a repeat of a used code is noticed after the code has expired too', async () => {
    const { redeem, works, clock } = await asked()
    const { body } = await redeem()
    clock.advance('5m')
    expect(await works(body)).toBe(true)
    expect(await redeem()).toMatchObject(REFUSED)
    expect(await works(body)).toBe(false)
  })

  it('A8.3 A8.4 a replay by another client, or with another verifier or address, revokes nothing', async () => {
    const { redeem, works, clock, as, confidentialClient, publicClient } = await asked()
    const { body } = await redeem()
    clock.advance('10s')
    const { basic } = await confidentialClient()
    expect(await redeem({ code_verifier: createPkce().verifier })).toMatchObject(REFUSED)
    expect(await redeem({ code_verifier: 'short' })).toMatchObject(REFUSED)
    expect(await redeem({ redirect_uri: `${CALLBACK}/` })).toMatchObject(REFUSED)
    expect(await redeem({ client_id: await publicClient() })).toMatchObject(REFUSED)
    expect(await redeem({ client_id: undefined }, basic)).toMatchObject(REFUSED)
    expect(await redeem({ client_secret: 'cs_x' })).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(await works(body)).toBe(true)
    expect(endsOf(as)).toEqual([])
  })

  it('A8.4 of one client is nothing to another, and stays as it is', async () => {
    const { redeem, publicClient, as } = await asked()
    expect(await redeem({ client_id: await publicClient() })).toMatchObject(REFUSED)
    expect(rulesOf(as)).toEqual(['code_of_another'])
    expect(await redeem()).toMatchObject(DONE)
  })

  it('A8.3 the fifth wrong verifier ends it, malformed ones do not count, and nothing is revoked', async () => {
    const { redeem, as } = await asked()
    for (let i = 0; i < 8; i++) expect(await redeem({ code_verifier: 'x'.repeat(42) })).toMatchObject(REFUSED)
    for (let i = 0; i < 4; i++) expect(await redeem({ code_verifier: createPkce().verifier })).toMatchObject(REFUSED)
    const other = await asked()
    for (let i = 0; i < 4; i++) await other.redeem({ code_verifier: createPkce().verifier })
    expect(await other.redeem()).toMatchObject(DONE)
    expect(await redeem({ code_verifier: createPkce().verifier })).toMatchObject(REFUSED)
    expect(await redeem()).toMatchObject(REFUSED)
    expect(rulesOf(as).at(-1)).toBe('code_attempts')
    expect(endsOf(as)).toEqual([])
    expect((await as.auth.grants.list({ subject: 'alice' })).items).toHaveLength(1)
  })

  it('A8.3 wrong verifiers that come at once are counted one by one', async () => {
    const { redeem, as } = await asked()
    await Promise.all(Array.from({ length: 16 }, () => redeem({ code_verifier: createPkce().verifier })))
    expect(rulesOf(as).filter((rule) => rule === 'verifier_mismatch')).toHaveLength(5)
    expect(await redeem()).toMatchObject(REFUSED)
  })

  it.each([
    [59_999, 200],
    [60_000, 400],
    [60_001, 400],
  ])('A8.6 after %i ms of a minute: %i', async (ms, status) => {
    const { redeem, clock } = await asked()
    clock.advance(ms)
    expect((await redeem()).status).toBe(status)
  })

  it('A8.7 is refused once its user is suspended or cut off, its client or its tenant is, or consent is withdrawn', async () => {
    const ends: readonly ((of: Awaited<ReturnType<typeof asked>>) => Promise<unknown>)[] = [
      ({ store }) => createAccounts({ store, catalogue }).suspend(user('alice'), { by: system }),
      ({ store }) => createAccounts({ store, catalogue }).cutOff(user('alice'), { by: system }),
      ({ store }) => createAccounts({ store, catalogue }).delete(user('alice'), { by: system }),
      ({ auth, client }) => auth.grants.revokeAll({ by: system, client }),
      async ({ auth }) => auth.grants.revoke((await auth.grants.list()).items[0]?.id ?? '', { by: user('alice') }),
    ]
    for (const end of ends) {
      const of = await asked()
      await end(of)
      expect(await of.redeem()).toMatchObject(REFUSED)
      expect(rulesOf(of.as)).toEqual(['grant_ended'])
    }
  })

  it('A8.7 is refused when its redirect URI is not registered any more', async () => {
    const { redeem, bare, client, as } = await asked()
    const { record, version } = await bare.get('client', client)
    if (record === undefined) throw new Error('there is no client')
    const metadata = { ...record.metadata, redirect_uris: ['https://client.test/other'], application_type: 'native' }
    await bare.write('client', client, version, { ...record, metadata })
    expect(await redeem()).toMatchObject(REFUSED)
    expect(rulesOf(as)).toEqual(['code_redirect_uri'])
  })

  it('A8.8 is not read from an address', async () => {
    const { auth, redeem, code, verifier, client } = await asked()
    const query = `grant_type=authorization_code&client_id=${client}&code=${code}&code_verifier=${verifier}`
    const got = await auth.handle(new Request(`${ISSUER}/oauth/token?${query}`))
    expect(got?.status).toBe(405)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const posted = new Request(`${ISSUER}/oauth/token?${query}`, { method: 'POST', headers, body: '' })
    expect((await auth.handle(posted))?.status).toBe(400)
    expect(await redeem()).toMatchObject(DONE)
  })

  it('A8.9 R44 is remembered as long as anything of it can be used, and replayed a day later it is unknown', async () => {
    const { redeem, works, clock, bare } = await asked()
    const { body } = await redeem()
    clock.advance(30 * 86_400_000 - 1)
    while ((await bare.sweep(100)).more);
    expect(await redeem()).toMatchObject(REFUSED)
    expect((await bare.list('event', {}, { limit: 10 })).items[0]).toMatchObject({ type: 'authorization.ended' })
    expect(await works(body)).toBe(false)
    clock.advance('1d')
    while ((await bare.sweep(100)).more);
    expect(await redeem()).toMatchObject(REFUSED)
  })

  it('A8.9 R44 one that was never redeemed is swept soon', async () => {
    const { redeem, clock, bare, code } = await asked()
    const id = code.slice(3, 14)
    expect((await bare.get('authorization', id)).record).toBeDefined()
    clock.advance('1d')
    while ((await bare.sweep(100)).more);
    expect((await bare.get('authorization', id)).record).toBeUndefined()
    expect(await redeem()).toMatchObject(REFUSED)
  })

  it('A20.18 is not used up by what cannot be answered: a key that does not sign, a store that fails', async () => {
    const as = await asked()
    const fields = { grant_type: 'authorization_code', client_id: as.client, code: as.code, code_verifier: as.verifier }
    const failing: Record<string, () => unknown> = {
      throws: () => {
        throw new Error('secret of the KMS')
      },
      'throws null': () => {
        throw null
      },
      rejects: () => Promise.reject(new Error('secret of the KMS')),
      'is none': () => undefined,
      'signs nothing': async () => ({ ...(await as.keys.active()), sign: () => undefined }),
      'signs too little': async () => ({ ...(await as.keys.active()), sign: () => new Uint8Array(63) }),
      'throws as it signs': async () => ({ ...(await as.keys.active()), sign: failing.throws }),
    }
    for (const [what, active] of Object.entries(failing)) {
      const down = await world({ store: as.store, clock: as.clock, keys: { ...as.keys, active } as never })
      const { status, body } = await down.post('/oauth/token', fields)
      expect(status, what).toBeGreaterThanOrEqual(500)
      expect(Object.keys(body), what).toEqual(['error', 'error_description'])
      expect(JSON.stringify(body), what).not.toContain('secret')
    }
    const opaque = [{ id: RESOURCE, format: 'opaque' as const }]
    const plan = {
      access: {
        point: 'before',
        method: 'write',
        when: ({ args }: { args: readonly unknown[] }) => args[0] === 'access',
      },
    } as const
    const broken = await world({
      store: as.store,
      clock: as.clock,
      resources: opaque,
      wrap: (store) => faultyStore(store, plan),
    })
    expect(await broken.post('/oauth/token', fields)).toMatchObject({ status: 503 })
    expect(await as.redeem()).toMatchObject(DONE)
  })
})
