import { describe, expect, it } from 'vitest'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { freshGround, places } from '../support/places.js'
import { alice, draft, resealed, world } from '../support/world.js'
import { type Asked, watched } from './watched.js'

/** Whether a statement changes or locks anything. */
const writes = ({ statement: { text } }: Asked) => /\b(INSERT|UPDATE|DELETE|FOR SHARE|LOCK IN)\b/.test(text)

async function product(
  place: (typeof places)[number],
  limits: { readonly limits?: [{ name: string; limit: number }] } = {},
) {
  const { opened, address, ground } = await freshGround(place)
  await migrateGround(ground)
  const { engine, asked } = watched(opened.engine)
  const { tokens, accounts } = await world((options) => sqlStore(engine, { ...address.names, ...options }))
  await accounts.suspend(alice, { by: alice })
  await accounts.resume(alice, { by: alice })
  const issued = await tokens.issue({ ...draft, ...limits, tenant: 'ws_1', expiresIn: '90d' })
  /** What a call asks the database. */
  const askedBy = async (call: () => Promise<unknown>): Promise<readonly Asked[]> => {
    asked.length = 0
    await call()
    return [...asked]
  }
  return { tokens, accounts, issued, askedBy, text: issued.secret.reveal() }
}

describe.each(places)('the statements on %s', (place) => {
  it('of a check are one, which writes nothing, whether the token is good, unknown, guessed or revoked', async () => {
    const { tokens, issued, text, askedBy } = await product(place)
    const unknown = resealed(text, (body) => `${body.slice(0, 4)}${body[4] === 'a' ? 'b' : 'a'}${body.slice(5)}`)
    const guessed = resealed(text, (body) => `${body.slice(0, -1)}${body.at(-1) === 'a' ? 'b' : 'a'}`)
    for (const each of [text, unknown, guessed]) {
      const asked = await askedBy(() => tokens.verify(each))
      expect([asked.length, asked.filter(writes).length, asked[0]?.inBatch]).toEqual([1, 0, false])
    }
    await tokens.revoke(issued.token.id, { by: alice })
    expect((await askedBy(() => tokens.verify(text))).length).toBe(1)
    expect((await askedBy(() => tokens.verify(`${text}x`))).length).toBe(0)
  })

  it('of a check with limits are one more, or two in one transaction', async () => {
    const { tokens, text, askedBy } = await product(place, { limits: [{ name: 'calls', limit: 5 }] })
    await tokens.verify(text)
    const asked = await askedBy(() => tokens.verify(text))
    expect(asked.filter(({ inBatch }) => !inBatch).length).toBe(place.startsWith('P') ? 2 : 1)
    expect(asked.length).toBe(place.startsWith('P') ? 2 : 3)
  })
})

describe.each(places.filter((place) => place.startsWith('P')))('the writes on %s', (place) => {
  it('are one statement each, with the event, the feed and all conditions', async () => {
    const { tokens, accounts, issued, askedBy } = await product(place)
    const by = { by: alice }
    const changes = {
      issue: () => tokens.issue({ ...draft, name: 'other', tenant: 'ws_2' }),
      rotate: () => tokens.rotate(issued.token.id, by),
      update: () => tokens.update(issued.token.id, { ...by, name: 'renamed' }),
      pause: () => tokens.pause(issued.token.id, by),
      resume: () => tokens.resume(issued.token.id, by),
      revoke: () => tokens.revoke(issued.token.id, by),
      suspend: () => accounts.suspend(alice, by),
    }
    for (const [name, change] of Object.entries(changes)) {
      const asked = await askedBy(change)
      expect([asked.filter(writes).length, asked.filter(({ inBatch }) => inBatch).length], name).toEqual([1, 0])
    }
  })
})
