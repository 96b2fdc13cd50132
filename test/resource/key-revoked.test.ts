import { system } from 'tokenloop'
import { cached } from 'tokenloop/cache'
import { issueJwt, managedKeys, remoteKeys } from 'tokenloop/jwt'
import { countingStore, faultyStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { ISSUER, RESOURCE, realm } from './jwt-support.js'
import { bearer, refusal } from './support.js'

const sealWith = [{ id: '2026', key: new Uint8Array(32).fill(7) }]
const CLAIMS = { iss: ISSUER, sub: 'u_1', aud: RESOURCE, client_id: 'c_1', scope: 'issues:read' }

/** An authorization server that keeps its signing keys in the store, and the keys as another process on the store knows them. */
async function world() {
  const at = await realm()
  const { bare, clock, TL } = at
  const keys = managedKeys({ store: bare, sealWith, clock })
  const elsewhere = managedKeys({ store: bare, sealWith, clock })
  const fetched = remoteKeys('http://auth.test/jwks', { fetch: () => keys.jwks(), clock })
  await keys.ready()
  await elsewhere.ready()
  const issue = () => issueJwt(keys, { ...CLAIMS, tl: TL }, { expiresIn: '1h' })
  const leak = async () => {
    const { kid } = await keys.active()
    await keys.revoke(kid, { by: system, reason: 'leaked' })
  }
  return { ...at, keys, elsewhere, fetched, issue, leak }
}

describe('a token whose signing key was revoked in another process', () => {
  it('is refused at the very next request by a guard that has the store, wherever its keys are from', async () => {
    const { guardOf, store, elsewhere, fetched, issue, leak } = await world()
    const guards = [guardOf({ store, keys: elsewhere }), guardOf({ store, keys: fetched })]
    const request = bearer(await issue())
    for (const guard of guards) expect(await guard.check(request)).toMatchObject({ ok: true, freshness: 'immediate' })
    await leak()
    for (const guard of guards) {
      expect(await refusal(guard.check(request))).toMatchObject({ status: 401, reason: 'revoked' })
    }
    const next = bearer(await issue())
    expect(await guardOf({ store, keys: elsewhere }).check(next)).toMatchObject({ ok: false, reason: 'unknown_key' })
  })

  it('is refused within the bound by one that follows revocations, for as long as it lives', async () => {
    const { guardOf, elsewhere, issue, leak, follow, clock } = await world()
    const guard = guardOf({ keys: elsewhere, revocations: follow() })
    const request = bearer(await issue())
    expect(await guard.check(request)).toMatchObject({ ok: true })
    await leak()
    clock.advance(5000)
    expect(await refusal(guard.check(request))).toMatchObject({ status: 401, reason: 'revoked' })
  })

  it('is refused by one that follows revocations long after, whatever its thief dates it with', async () => {
    const { keys, follow, leak, clock, TL } = await world()
    const { kid } = await keys.active()
    const revocations = follow()
    await leak()
    const standing = {
      subject: 'u_1',
      client: 'c_1',
      tenant: 'ws_1',
      grant: TL.grant,
      epochs: TL.epochs,
      boundTo: null,
    }
    for (const wait of ['5s', '1d', '1d'] as const) {
      clock.advance(wait)
      expect(await revocations.refresh()).toBe(true)
      const token = { ...standing, authorization: 'a_1', issuedAt: clock.now() }
      expect(await revocations.judge({ ...token, key: kid })).toBe('revoked')
      expect(await revocations.judge({ ...token, key: (await keys.active()).kid })).toBe('live')
    }
  })

  it('is refused within the bound by one behind a cache, which asks the store no more often than before', async () => {
    const { guardOf, bare, elsewhere, issue, leak, clock } = await world()
    const counted = countingStore(bare)
    const store = cached(counted, { maxStaleness: '5s', clock })
    const guard = guardOf({ keys: elsewhere, store })
    const request = bearer(await issue())
    expect(await guard.check(request)).toMatchObject({ ok: true, freshness: { maxStaleness: 5000 } })
    counted.reset()
    for (let i = 0; i < 10; i++) await guard.check(request)
    expect(counted.total).toBe(0)
    await leak()
    clock.advance(5000)
    expect(await refusal(guard.check(request))).toMatchObject({ status: 401, reason: 'revoked' })
  })

  it('is refused by one that has neither once its keys are read or fetched again', async () => {
    const { guardOf, elsewhere, fetched, issue, leak, clock } = await world()
    const request = bearer(await issue())
    const guards = [guardOf({ keys: elsewhere }), guardOf({ keys: fetched })]
    for (const guard of guards) expect(await guard.check(request)).toMatchObject({ freshness: 'until_expiry' })
    await leak()
    clock.advance('10m')
    for (const guard of guards) {
      await guard.check(request)
      await elsewhere.ready()
      expect(await refusal(guard.check(request))).toMatchObject({ status: 401, reason: 'unknown_key' })
    }
  })

  it('is neither accepted nor refused where the store does not say how its key stands', async () => {
    const { guardOf, bare, elsewhere, issue } = await world()
    const store = faultyStore(bare, { down: { point: 'before', method: 'getWith' } })
    const access = await refusal(guardOf({ store, keys: elsewhere }).check(bearer(await issue())))
    expect(access).toMatchObject({ status: 503, reason: 'unavailable' })
  })

  it('costs a guard that has the store one read more, at the same time as the other', async () => {
    const { guardOf, bare, elsewhere, issue } = await world()
    const store = countingStore(bare)
    expect(await guardOf({ store, keys: elsewhere }).check(bearer(await issue()))).toMatchObject({ ok: true })
    expect([store.calls.getWith, store.total]).toEqual([2, 2])
  })
})
