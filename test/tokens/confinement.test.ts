import { type Actor, account, system, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { alice, bob, catalogue, codeOf, draft, world } from '../support/world.js'

const sealWith = [{ id: 'k', key: new Uint8Array(32).fill(7) }]

describe.each(stores)('a change by id, on the $name store,', ({ make }) => {
  /** Every change that names a token by its id. */
  const CHANGES = ['update', 'rotate', 'pause', 'resume', 'revoke', 'reveal'] as const

  const setting = async () => {
    const here = await world(make, { sealWith })
    const bot = await here.accounts.create({ by: alice, tenant: 'ws_1', name: 'bot', scopes: ['issues:read'] })
    const of = async (place: object) => (await here.tokens.issue({ ...draft, ...place })).token.id
    const ids = {
      alice: await of({}),
      aliceInOne: await of({ tenant: 'ws_1' }),
      aliceInTwo: await of({ tenant: 'ws_2' }),
      bobInOne: await of({ owner: user('bob'), tenant: 'ws_1' }),
      bot: await of({ owner: account(bot.id) }),
    }
    const actorOf = async (place: object): Promise<Actor> => {
      const { secret } = await here.tokens.issue({ ...draft, ...place })
      const seen = await here.tokens.verify(secret.reveal())
      if (!seen.ok) throw new Error(seen.reason)
      return seen.principal
    }
    /** Which of the tokens a change finds. */
    const finds = async (change: (typeof CHANGES)[number], input: { by: Actor; within?: object }) => {
      const found: string[] = []
      for (const [name, id] of Object.entries(ids)) {
        const code = await codeOf(here.tokens[change](id, input))
        if (code !== 'not_found') found.push(name)
      }
      return found
    }
    return { ...here, ids, finds, actorOf, bot }
  }

  it.each(CHANGES)("%s, finds what is the actor's own, or what the host names", async (change) => {
    const { finds, actorOf, bot } = await setting()
    const everything = ['alice', 'aliceInOne', 'aliceInTwo', 'bobInOne', 'bot']
    const inOne = user('alice', { scopes: catalogue.names, tenant: 'ws_1' })

    expect(await finds(change, { by: alice })).toEqual(['alice', 'aliceInOne', 'aliceInTwo'])
    expect(await finds(change, { by: inOne })).toEqual(['aliceInOne'])
    expect(await finds(change, { by: bob })).toEqual(['bobInOne'])
    expect(await finds(change, { by: await actorOf({ owner: account(bot.id) }) })).toEqual(['bot'])
    expect(await finds(change, { by: await actorOf({ tenant: 'ws_2' }) })).toEqual(['aliceInTwo'])
    expect(await finds(change, { by: bob, within: { tenant: 'ws_1' } })).toEqual(['aliceInOne', 'bobInOne', 'bot'])
    expect(await finds(change, { by: bob, within: { owner: account(bot.id) } })).toEqual(['bot'])
    expect(await finds(change, { by: system, within: { owner: user('bob'), tenant: 'ws_2' } })).toEqual([])
    expect(await finds(change, { by: system })).toEqual(everything)
  })

  it.each(CHANGES)('%s, takes a confinement to nothing for a mistake, and no permission', async (change) => {
    const { tokens, ids } = await setting()
    for (const within of [
      {},
      undefined,
      null,
      { tenant: undefined },
      { owner: undefined },
      { tenant: null },
      'ws_1',
      { tenant: 7 },
    ]) {
      for (const by of [system, bob, alice]) {
        // @ts-expect-error what is wrong with some of them
        expect(await codeOf(tokens[change](ids.alice, { by, within })), JSON.stringify(within)).toBe('invalid_input')
      }
    }
  })

  it.each(CHANGES)('%s, wants to know who asks', async (change) => {
    const { tokens, ids } = await setting()
    const nobody = [
      undefined,
      null,
      'system',
      {},
      { kind: 'admin' },
      { kind: 'user' },
      { kind: 'token', tokenId: 'x' },
      { kind: 'user', id: 'alice', tenant: '' },
    ]
    for (const by of nobody) {
      // @ts-expect-error what is wrong with them
      expect(await codeOf(tokens[change](ids.alice, { by }))).toBe('invalid_input')
      // @ts-expect-error what is wrong with them
      expect(await codeOf(tokens[change](ids.alice, { by, within: { owner: user('alice') } }))).toBe('invalid_input')
    }
    // @ts-expect-error nobody
    expect(await codeOf(tokens[change](ids.alice, {}))).toBe('invalid_input')
    expect((await tokens.audit({ token: ids.alice })).items).toHaveLength(1)
  })
})
