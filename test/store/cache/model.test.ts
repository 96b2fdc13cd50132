import fc from 'fast-check'
import { cached } from 'tokenloop/cache'
import { createClock, type TestClock } from 'tokenloop/testing'
import { expect, it } from 'vitest'
import { around } from '../../../src/store/around.js'
import { memoryStore } from '../../../src/store/memory.js'
import type { ReadWith, TokenStore } from '../../../src/store/store.js'
import { account, LATE, settled, token } from './support.js'

const BOUND = 2500
const LONGEST_MISSING = 1000
const IDS = ['a', 'b'] as const
type Id = (typeof IDS)[number]
const OWNER = 'user:alice'

const id = fc.constantFrom(...IDS)
/** Of the token, or of the account that both tokens hang on. */
const target = fc.constantFrom<Id | 'owner'>('a', 'b', 'owner')

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ does: fc.constant('read' as const), id, late: fc.constantFrom(true, true, true, false) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        does: fc.constant('write' as const),
        target,
        isOwn: fc.boolean(),
        removes: fc.constantFrom(false, false, true),
        lost: fc.constantFrom(undefined, undefined, undefined, 'before' as const, 'after' as const),
      }),
    },
    { weight: 9, arbitrary: fc.record({ does: fc.constant('goOn' as const), which: fc.nat(20) }) },
    {
      weight: 3,
      arbitrary: fc.record({ does: fc.constant('wait' as const), by: fc.constantFrom(1, 400, 999, 1000, 1499, 2500) }),
    },
  ),
  { minLength: 30, maxLength: 120 },
)
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never

/** What a read of a token can tell: how often it and its owner have been written. */
interface State {
  readonly at: number
  readonly token: number
  readonly owner: number
}

/** A database whose calls wait twice, before they take place and before their answers arrive, for as long as the test wishes. */
class SlowDatabase {
  readonly memory: TokenStore
  readonly store: TokenStore
  /** Everything that was ever true of each token. */
  readonly states: { readonly [I in Id]: State[] } = { a: [], b: [] }
  /** How the next write of a record is lost. */
  readonly losses = new Map<string, 'before' | 'after'>()
  /** Which state was true of each token when a record was last written, or failed to be. */
  readonly written = new Map<string, { readonly [I in Id]: number }>()
  readonly #clock: TestClock
  readonly #waiting: (() => void)[] = []

  constructor(clock: TestClock) {
    this.#clock = clock
    this.memory = memoryStore({ clock })
    const pause = () => new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.store = around(this.memory, async ({ method, args }, run) => {
      const loss = method === 'write' ? this.losses.get(`${args[1]}`) : undefined
      await pause()
      if (loss === 'before') throw new Error('lost before')
      const answer = await run()
      await this.note()
      if (method === 'write') this.written.set(`${args[1]}`, { a: this.last('a'), b: this.last('b') })
      await pause()
      if (loss === 'after') throw new Error('lost after')
      return answer
    })
  }

  async note(): Promise<void> {
    const owner = (await this.memory.get('account', OWNER)).version
    for (const id of IDS) {
      const state = { at: this.#clock.now(), token: (await this.memory.get('token', id)).version, owner }
      const last = this.states[id].at(-1)
      if (last?.token !== state.token || last.owner !== owner) this.states[id].push(state)
    }
  }

  /** Lets one of the calls go on. */
  async goOn(which: number): Promise<void> {
    this.#waiting.splice(which % Math.max(1, this.#waiting.length), 1)[0]?.()
    await settled()
  }

  get isDone(): boolean {
    return this.#waiting.length === 0
  }

  last(id: Id): number {
    return this.states[id].length - 1
  }

  /** The last state of a token that held at a moment. */
  at(id: Id, moment: number): number {
    return this.states[id].findLastIndex(({ at }) => at <= moment)
  }

  /** Whether a read tells one of the states from this one on. */
  tells(id: Id, { version, chain }: ReadWith<'token'>, from: number): boolean {
    return this.states[id]
      .slice(Math.max(0, from))
      .some(({ token, owner }) => token === version && (token === 0 || owner === chain?.owner.version))
  }
}

/** How much was told, and how much of it was no longer so when it was asked for. */
const seen = { told: 0, late: 0 }

async function play(script: readonly Step[], max: number): Promise<void> {
  const clock = createClock(1_000_000)
  const database = new SlowDatabase(clock)
  const { memory, losses, written } = database
  const store = cached(database.store, { maxStaleness: BOUND, max, clock })
  /** By own writes that have returned: the earliest state of each token that may still be told. */
  const own = new Map<string, { readonly [I in Id]: number }>()

  const does: { readonly [D in Step['does']]: (step: Extract<Step, { does: D }>) => Promise<void> } = {
    async read({ id, late }) {
      const [called, last] = [clock.now(), database.last(id)]
      const [ofToken, ofOwner] = [own.get(id)?.[id] ?? 0, own.get(OWNER)?.[id] ?? 0]
      const answer = await store.getWith('token', id, late ? LATE : {})
      // What is not there hangs on nothing, and may be told for a second.
      const [life, after] = answer.version === 0 ? [LONGEST_MISSING, ofToken] : [BOUND, Math.max(ofToken, ofOwner)]
      seen.told++
      if (!database.tells(id, answer, last)) seen.late++
      expect(database.tells(id, answer, late ? Math.max(after, database.at(id, called - life)) : last)).toBe(true)
      expect(answer.now).toBeGreaterThanOrEqual(called)
    },
    async write({ target, removes, lost, isOwn }) {
      const [kind, id] = target === 'owner' ? (['account', OWNER] as const) : (['token', target] as const)
      const { version } = await memory.get(kind, id)
      const next = removes && version > 0 ? null : kind === 'account' ? account() : token()
      if (!isOwn) {
        await memory.write(kind, id, version, next)
        return database.note()
      }
      if (lost === undefined) losses.delete(id)
      else losses.set(id, lost)
      await store.write(kind, id, version, next).catch(() => {})
      const now = written.get(id)
      if (now !== undefined) own.set(id, now)
    },
    goOn: ({ which }) => database.goOn(which),
    wait: async ({ by }) => clock.advance(by),
  }

  await database.note()
  const pending: Promise<void>[] = []
  for (const step of script) {
    const done = does[step.does](step as never)
    done.catch(() => {}) // It is looked at in the end.
    pending.push(done)
    await settled()
  }
  while (!database.isDone) await database.goOn(0)
  await Promise.all(pending)
}

it('R27 R28 R29 however reads and writes interleave, nothing is told that is older than the bound or than an own write', async () => {
  await fc.assert(fc.asyncProperty(steps, fc.constantFrom(1, 2, 1000), play), { numRuns: 300 })
  // Some of it was late: there was something to find.
  expect(seen.told).toBeGreaterThan(1000)
  expect(seen.late).toBeGreaterThan(100)
})
