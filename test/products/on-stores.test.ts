import { describe, expect, it } from 'vitest'
import { freshDatabase, shared } from '../support/places.js'
import { made } from './causeloop-support.js'
import { bearer, signedIn, started } from './support.js'

describe.each(shared)('Causeloop as a process, with %s as STORE,', (place) => {
  it('R59 makes its tables, and knows after a restart what is alive and what is not', { timeout: 60_000 }, async () => {
    const STORE = await freshDatabase(place)
    const before = await started('causeloop', { STORE })
    const alice = await signedIn(before.origin, 'alice')
    const [alive, revoked, rotated] = [
      await made(alice),
      await made(alice, { name: 'revoked' }),
      await made(alice, { name: 'rotated' }),
    ]
    await alice.delete(`/v1/api-tokens/${revoked.id}`)
    const { json: successor } = await alice.post(`/v1/api-tokens/${rotated.id}/roll`)
    expect(await before.end('SIGTERM')).toBe(0)
    expect(before.complained()).toBe('')

    const after = await started('causeloop', { STORE })
    const statuses = [alive, successor, revoked, rotated].map(async ({ secret }) => {
      return (await bearer(after.origin, secret).get('/v1/issues')).status
    })
    expect(await Promise.all(statuses)).toEqual([200, 200, 401, 401])
    expect(await after.end('SIGTERM')).toBe(0)
    expect(after.complained()).toBe('')
  })
})
