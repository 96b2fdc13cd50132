import { memoryStore } from 'tokenloop'
import { accessTokens, createGuard, jwts } from 'tokenloop/resource'
import { createClock, slowStore } from 'tokenloop/testing'
import { expect, it } from 'vitest'
import { catalogue, ISSUER, RESOURCE, world } from './support.js'

const USERS = 40
const ROUNDS = 25

it('A20.19 a thousand interleaved requests through one server and one guard each stay their own user', {
  timeout: 60_000,
}, async () => {
  const clock = createClock()
  const bare = memoryStore({ clock })
  const as = await world({ clock, store: bare, wrap: (store) => slowStore(store, { seed: 9, max: 3 }) })
  const slow = slowStore(bare, { seed: 10, max: 3 })
  const guard = createGuard({
    resource: RESOURCE,
    catalogue,
    accept: [
      accessTokens({ issuer: ISSUER, store: slow }),
      jwts({ issuer: ISSUER, keys: as.keys, store: slow, clock }),
    ],
  })
  const client = await as.publicClient()
  const users = Array.from({ length: USERS }, (_, i) => `user_${i}`)
  const tokens = await Promise.all(
    users.map(
      async (subject) => (await as.connect(client, {}, { ...as.alice, session: `of ${subject}`, subject })).body,
    ),
  )
  let right = 0
  await Promise.all(
    users.map(async (subject, i) => {
      let { access_token, refresh_token } = tokens[i] ?? {}
      for (let round = 0; round < ROUNDS; round++) {
        const access = await guard.check(
          new Request(RESOURCE, { headers: { authorization: `Bearer ${access_token}` } }),
        )
        const principal = access.ok ? access.principal : undefined
        if (principal?.kind === 'grant' && principal.subject === subject) right++
        const fields = { grant_type: 'refresh_token', client_id: client, refresh_token: String(refresh_token) }
        ;({ access_token, refresh_token } = (await as.post('/oauth/token', fields)).body)
      }
    }),
  )
  expect(right).toBe(USERS * ROUNDS)
})
