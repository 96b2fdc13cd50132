import type { TokenStore } from 'tokenloop'
import { createClock, slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { around } from '../../src/store/around.js'
import { type Call, createHistory, isLinearizable, type Model } from '../support/history.js'
import { stores } from '../support/stores.js'
import { world } from './support.js'

/** How many histories are made on each store; thousands in longer runs. */
const ROUNDS = Number(process.env.OAUTH_HISTORIES ?? 4)

/** How many histories a careless store may at the most make look right. */
const MOST_CARELESS = 200

type Op =
  | { readonly kind: 'refresh'; readonly generation: number }
  | { readonly kind: 'revoke' }
  | { readonly kind: 'check' }
type Outcome = 'done' | 'refused'
/** An authorization, one thing after another: which refresh token is current, and whether it has ended. */
interface State {
  readonly generation: number
  readonly ended: boolean
}

const model: Model<State, Op, Outcome> = (state, op, outcome) => {
  const { generation, ended } = state
  if (op.kind === 'revoke') return outcome === 'done' ? { ...state, ended: true } : undefined
  if (op.kind === 'check') return (outcome === 'refused') === ended ? state : undefined
  if (ended) return outcome === 'refused' ? state : undefined
  if (op.generation === generation) return outcome === 'done' ? { generation: generation + 1, ended } : undefined
  if (op.generation === generation - 1) return outcome === 'done' ? state : undefined
  return outcome === 'refused' ? { ...state, ended: true } : undefined
}

/** Three generations of one refresh token, used, checked and revoked by many at once. */
async function historyOn(store: TokenStore, seed: number, clock = createClock()) {
  const as = await world({
    clock,
    store,
    wrap: (bare) => slowStore(bare, { seed, max: 3 }),
    resources: [{ id: 'https://rs.test/mcp' }],
  })
  const client = await as.publicClient()
  const { body } = await as.connect(client)
  const tokens = [String(body.refresh_token)]
  const send = (token: string | undefined) =>
    as.post('/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token: token })
  const history = createHistory<Op, Outcome>()
  const refresh = (generation: number) =>
    history.record({ kind: 'refresh', generation }, async () => {
      const answer = await send(tokens[generation - 1])
      if (answer.status === 200) tokens[generation] = String(answer.body.refresh_token)
      return answer.status === 200 ? 'done' : 'refused'
    })
  const id = tokens[0]?.slice(3, 14) ?? ''
  const check = () =>
    history.record({ kind: 'check' }, async () => {
      const { record } = await store.get('authorization', id)
      return record?.status === 'active' ? 'done' : 'refused'
    })
  const revoke = () =>
    history.record({ kind: 'revoke' }, async () => {
      const { status } = await as.post('/oauth/revoke', { client_id: client, token: tokens[0] })
      return status === 200 ? 'done' : 'refused'
    })
  const chain = async (from: number) => {
    for (let generation = from; generation < from + 3; generation++) {
      if (tokens[generation - 1] === undefined || (await refresh(generation)) === 'refused') break
    }
  }
  await Promise.all([chain(1), chain(1), revoke(), check(), chain(1)])
  await check()
  await refresh(1)
  return history.calls
}

const isRight = (calls: readonly Call<Op, Outcome>[]) => isLinearizable(calls, { generation: 1, ended: false }, model)

describe('R9 what refreshes and revocations of one authorization see', () => {
  it.each(stores)(
    'on $name could have happened one after another',
    { timeout: 60_000 + ROUNDS * 2000 },
    async ({ make }) => {
      const clock = createClock()
      const store = await make({ clock })
      for (let seed = 1; seed <= ROUNDS; seed++) {
        const calls = await historyOn(store, seed, clock)
        expect(isRight(calls), JSON.stringify(calls)).toBe(true)
      }
    },
  )

  it('could not on a store that lets the last one write', { timeout: 120_000 }, async () => {
    let isWrong = false
    for (let seed = 1; seed <= MOST_CARELESS && !isWrong; seed++) {
      const clock = createClock()
      const store = (await stores[0]?.make({ clock })) as TokenStore
      const careless: TokenStore = {
        ...around(store, (_, run) => run()),
        async write(kind, id, expected, next, options = {}) {
          const { version } = await store.get(kind, id)
          const { onlyIf: _, ...others } = options
          return store.write(kind, id, kind === 'authorization' ? version : expected, next, others)
        },
      }
      isWrong = !isRight(await historyOn(careless, seed, clock))
    }
    expect(isWrong).toBe(true)
  })
})

describe('the checker of histories', () => {
  const call = (from: number, to: number, op: Op, outcome: Outcome) => ({ from, to, op, outcome })

  it('takes what overlaps in any order, and what does not in its own', () => {
    const refresh: Op = { kind: 'refresh', generation: 1 }
    const revoke: Op = { kind: 'revoke' }
    expect(isRight([call(0, 3, refresh, 'done'), call(1, 2, revoke, 'done')])).toBe(true)
    expect(isRight([call(0, 3, refresh, 'refused'), call(1, 2, revoke, 'done')])).toBe(true)
    expect(isRight([call(0, 1, revoke, 'done'), call(2, 3, refresh, 'done')])).toBe(false)
    expect(isRight([call(0, 1, refresh, 'refused'), call(2, 3, revoke, 'done')])).toBe(false)
    expect(isRight([call(0, 1, refresh, 'done'), call(2, 3, refresh, 'done')])).toBe(true)
  })
})
