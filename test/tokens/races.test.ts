import { account, createTokens, system, type TokenStore, user } from 'tokenloop'
import { slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import { stores } from '../support/stores.js'
import { alice, answerOf, catalogue, codeOf, draft, START, type WorldOptions, world } from '../support/world.js'

/** How often each race is run, each time with other delays. */
const ROUNDS = Array.from({ length: Number(process.env.RACE_ROUNDS ?? 2) }, (_, seed) => seed + 1)
const RACERS = 64

/** Many at the same time: how often each code came out, and what the winners got. */
async function race<T>(racers: number, run: (racer: number) => Promise<T>) {
  const won: T[] = []
  const codes: Record<string, number> = {}
  await Promise.all(
    Array.from({ length: racers }, async (_, racer) => {
      const work = run(racer).then((result) => won.push(result))
      const code = await codeOf(work)
      codes[code] = (codes[code] ?? 0) + 1
    }),
  )
  return { won, codes }
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe.each(stores)('races, on the $name store', ({ make }) => {
  const slow = (seed: number, options: WorldOptions = {}) =>
    world(make, { ...options, wrap: (store) => slowStore(store, { max: 3, seed }) })

  describe.each(ROUNDS)('with the delays of seed %i:', (seed) => {
    it('R8 of 64 that want the one unit that is left of a quota, one gets it', async () => {
      const { tokens } = await slow(seed)
      const { secret } = await tokens.issue({ ...draft, limits: [{ name: 'total', limit: 3 }] })
      await tokens.verify(secret.reveal(), { cost: 2 })
      const seen = await Promise.all(Array.from({ length: RACERS }, () => tokens.verify(secret.reveal())))
      expect(seen.filter(({ ok }) => ok)).toHaveLength(1)
      expect(seen.filter((one) => !one.ok && one.reason === 'limited')).toHaveLength(RACERS - 1)
    })

    it('R8 of 64 that rotate the same secret, one gets the next, and the others a conflict', async () => {
      const { tokens } = await slow(seed)
      const { token, secret } = await tokens.issue(draft)
      const { won, codes } = await race(RACERS, () => tokens.rotate(token.id, { by: alice, from: 1 }))
      expect(codes).toEqual({ nothing: 1, conflict: RACERS - 1 })
      expect(await answerOf({ tokens }, won[0]?.secret.reveal())).toBe('ok')
      expect(await answerOf({ tokens }, secret.reveal())).toBe('revoked')
      expect((await tokens.get(token.id)).generation).toBe(2)
    })

    it('R8 of 64 that rotate with an overlap and repeat themselves, one has the secret that works, and the old one ends in time', async () => {
      const { tokens, clock } = await slow(seed)
      const { token, secret } = await tokens.issue(draft)
      const { won, codes } = await race(RACERS, () => tokens.rotate(token.id, { by: alice, from: 1, overlap: '1h' }))
      expect(Object.keys(codes).sort()).toEqual(won.length < RACERS ? ['conflict', 'nothing'] : ['nothing'])
      const answers = await Promise.all(won.map((each) => answerOf({ tokens }, each.secret.reveal())))
      expect(answers.filter((answer) => answer === 'ok')).toHaveLength(1)
      expect(await tokens.verify(secret.reveal())).toMatchObject({ principal: { deprecatedUntil: START + 3_600_000 } })
      clock.advance('1h')
      expect(await answerOf({ tokens }, secret.reveal())).toBe('revoked')
    })

    it.each(['free', 'held by a token that has expired'])(
      'R8 of 64 that want one name that is %s, one gets it',
      async (how) => {
        const { tokens, clock } = await slow(seed, { uniqueNames: true })
        if (how !== 'free') {
          await tokens.issue({ ...draft, expiresIn: '1h' })
          clock.advance('1h')
        }
        const { won, codes } = await race(RACERS, () => tokens.issue(draft))
        expect(codes).toEqual({ nothing: 1, name_taken: RACERS - 1 })
        expect((await tokens.list({ unrevoked: true })).items.filter(({ status }) => status === 'active')).toHaveLength(
          1,
        )
        expect(await answerOf({ tokens }, won[0]?.secret.reveal())).toBe('ok')
      },
    )

    it('R8 of 64 tokens that are to take one name, one takes it', async () => {
      const { tokens } = await slow(seed, { uniqueNames: true })
      const issued = await Promise.all(
        Array.from({ length: RACERS }, (_, i) => tokens.issue({ ...draft, name: `token ${i}` })),
      )
      const { codes } = await race(RACERS, (i) =>
        tokens.update(issued[i]?.token.id ?? '', { by: alice, name: 'the one' }),
      )
      expect(codes).toEqual({ nothing: 1, name_taken: RACERS - 1 })
    })

    it('of 64 edits of one token none is lost: each builds on the one before', async () => {
      const { tokens } = await slow(seed)
      const { token } = await tokens.issue(draft)
      const { codes } = await race(RACERS, (i) => tokens.update(token.id, { by: alice, name: `n${i}` }))
      expect(codes).toEqual({ nothing: RACERS })
      const { items } = await tokens.audit({ token: token.id, limit: 500 })
      const names = items.flatMap(({ type, detail }) =>
        type === 'token.updated' ? [detail?.name as { from: string; to: string }] : [],
      )
      const follows = new Map(names.map(({ from, to }) => [from, to]))
      let last = 'ci'
      for (let i = 0; i < RACERS; i++) last = follows.get(last) ?? 'lost'
      expect(follows.size).toBe(RACERS)
      expect((await tokens.get(token.id)).name).toBe(last)
    })

    it('of 64 pauses, revocations and deletions of the same, each takes place once', async () => {
      const { tokens, accounts } = await slow(seed)
      const bot = await accounts.create({ by: alice, name: 'bot', scopes: [] })
      const { token } = await tokens.issue(draft)
      expect((await race(RACERS, () => tokens.pause(token.id, { by: alice }))).codes).toEqual({ nothing: RACERS })
      expect((await race(RACERS, () => tokens.revoke(token.id, { by: alice }))).codes).toEqual({ nothing: RACERS })
      expect((await race(RACERS, () => accounts.delete(bot.id, { by: alice }))).codes).toEqual({ nothing: RACERS })
      const types = (await tokens.audit({ limit: 500 })).items.map(({ type }) => type).sort()
      expect(types).toEqual(['account.created', 'account.deleted', 'token.issued', 'token.paused', 'token.revoked'])
    })

    it('R9 CL11 a token that is issued while its account is deleted is refused, or dead', async () => {
      const { tokens, accounts } = await slow(seed)
      const bot = await accounts.create({ by: alice, name: 'bot', scopes: ['issues:read'] })
      const issuing = race(RACERS, async (i) => {
        await sleep(i % 12)
        return tokens.issue({ by: alice, owner: account(bot.id), name: 'ci' })
      })
      await sleep(6)
      await accounts.delete(bot.id, { by: alice })
      const late = codeOf(tokens.issue({ by: alice, owner: account(bot.id), name: 'late' }))
      const { won, codes } = await issuing
      for (const { secret } of won) expect(await answerOf({ tokens }, secret.reveal())).toBe('owner_inactive')
      expect(Object.keys(codes).every((code) => code === 'nothing' || code === 'not_found')).toBe(true)
      expect(await late).toBe('not_found')
    })

    it('R9 of tokens that are issued while all are revoked, those written before are dead and those after alive', async () => {
      let moment = 0
      const writes = new Map<string, { readonly from: number; readonly to: number }>()
      const wrap = (store: TokenStore) => {
        const watched = around(store, async ({ method, args }, run) => {
          const from = moment++
          const outcome = await run()
          if (method === 'write' && (outcome as string) === 'written') writes.set(`${args[1]}`, { from, to: moment++ })
          return outcome
        })
        return slowStore(watched, { max: 3, seed })
      }
      const { tokens } = await world(make, { wrap })
      const issuing = race(RACERS, async (i) => {
        await sleep(i % 12)
        return tokens.issue(draft)
      })
      await sleep(4)
      await tokens.revokeAll({ by: system, owner: user('alice') })
      const { won, codes } = await issuing
      expect(codes).toEqual({ nothing: RACERS })
      const never = { from: Number.NaN, to: Number.NaN }
      const cut = writes.get('user:alice') ?? never
      for (const { token, secret } of won) {
        const { from, to } = writes.get(token.id) ?? never
        // Which of two writes at the same time came first, nobody can tell from outside of the store.
        const allowed = to < cut.from ? ['revoked'] : from > cut.to ? ['ok'] : ['revoked', 'ok']
        expect(allowed).toContain(await answerOf({ tokens }, secret.reveal()))
      }
      expect(writes.size).toBe(RACERS + 1)
    })

    it.each([
      ['update', (i: number) => ({ name: `n${i}` })],
      ['rotate', () => ({ overlap: '1h' as const })],
      ['pause', () => ({})],
      ['reveal', () => ({})],
    ] as const)('R9 a revocation wins over every %s at the same time', async (change, inputOf) => {
      const { tokens } = await slow(seed, { sealWith: [{ id: 'k', key: new Uint8Array(32) }] })
      const { token, secret } = await tokens.issue(draft)
      const changing = race(8, async (i) => {
        await sleep(i)
        return tokens[change](token.id, { by: alice, ...inputOf(i) })
      })
      await sleep(3)
      const revoked = await tokens.revoke(token.id, { by: alice })
      const { won, codes } = await changing
      expect(revoked.status).toBe('revoked')
      expect(Object.keys(codes).every((code) => ['nothing', 'ended', 'conflict'].includes(code))).toBe(true)
      expect(await tokens.get(token.id)).toMatchObject({ status: 'revoked', revoked: revoked.revoked })
      const secrets = won.flatMap((one) => ('secret' in one ? [one.secret.reveal()] : []))
      for (const text of [secret.reveal(), ...secrets]) expect(await answerOf({ tokens }, text)).not.toBe('ok')
    })

    it('a flush of use, and of a new pepper, undoes no revocation and no rotation', async () => {
      const { tokens, store } = await slow(seed)
      const { token, secret } = await tokens.issue(draft)
      const other = await tokens.issue(draft)
      const peppered = createTokens({ store, catalogue, prefix: 'sl', peppers: [{ id: 'p', key: new Uint8Array(32) }] })
      for (const text of [secret.reveal(), other.secret.reveal()]) await peppered.verify(text)
      const flushing = Promise.all([peppered.flush(), tokens.flush()])
      await sleep(seed % 4)
      const [next] = await Promise.all([
        tokens.rotate(other.token.id, { by: alice }),
        tokens.revoke(token.id, { by: alice }),
      ])
      await flushing
      for (const each of [tokens, peppered]) {
        expect(await answerOf({ tokens: each }, secret.reveal())).toMatch(/revoked|unknown/)
        expect(await answerOf({ tokens: each }, other.secret.reveal())).toMatch(/revoked|unknown/)
      }
      expect(await answerOf({ tokens: peppered }, next.secret.reveal())).toBe('ok')
      expect(await tokens.get(token.id)).toMatchObject({ status: 'revoked' })
    })

    const ENDINGS = {
      'a revocation': ({ tokens }, id) => tokens.revoke(id, { by: alice }),
      'a rotation': ({ tokens }, id) => tokens.rotate(id, { by: alice }),
      'a pause': ({ tokens }, id) => tokens.pause(id, { by: alice }),
      'the revocation of all': ({ tokens }) => tokens.revokeAll({ by: system, owner: user('alice') }),
      'a suspension': ({ accounts }) => accounts.suspend(user('alice'), { by: system }),
      'a deletion': ({ accounts }) => accounts.delete(user('alice'), { by: system }),
      'the cut-off of the tenant': ({ accounts }) => accounts.cutOff({ kind: 'tenant', id: 'ws_1' }, { by: system }),
    } satisfies Record<string, (here: Awaited<ReturnType<typeof slow>>, id: string) => Promise<unknown>>

    it.each(Object.entries(ENDINGS))(
      'R9 nothing is accepted by a check that began after %s had returned',
      async (_, end) => {
        const here = await slow(seed)
        const { token, secret } = await here.tokens.issue({ ...draft, tenant: 'ws_1' })
        let hasEnded = false
        let accepted = () => {}
        const once = new Promise<void>((resolve) => {
          accepted = resolve
        })
        const late: string[] = []
        const checking = Promise.all(
          Array.from({ length: 16 }, async (_, i) => {
            await sleep(i % 4)
            for (let after = 0; after < 2; ) {
              const isLate = hasEnded
              const answer = await answerOf(here, secret.reveal())
              if (answer === 'ok') accepted()
              if (!isLate) continue
              late.push(answer)
              after++
            }
          }),
        )
        await once
        await end(here, token.id)
        hasEnded = true
        await checking
        expect(late.length).toBeGreaterThanOrEqual(16)
        expect(late).not.toContain('ok')
      },
    )
  })
})
