import { randomBase62 } from '../../core/base62.js'
import type { Event } from '../../core/event.js'
import type { EventRecord, Kind, Records } from '../../store/records.js'
import type { TokenStore } from '../../store/store.js'
import { trusted } from '../../store/trust.js'
import type { TestClock } from '../clock.js'
import { equal } from './assert.js'
import { SAMPLE_EVENT, SAMPLES } from './samples.js'

/** Makes the store that a case runs against; it may be empty, or have what others left. */
export type MakeStore = () => TokenStore | Promise<TokenStore>

/** A promise of a store, with what shows whether it keeps it. */
export interface ContractCase {
  readonly name: string
  /** Resolves when the store keeps the promise. A clock is that of the store, and lets its time pass. */
  run(makeStore: MakeStore, clock?: TestClock): Promise<void>
}

/** What a case works with. */
export interface World {
  readonly store: TokenStore
  readonly clock: TestClock | undefined
  /** The store's time. */
  now(): Promise<number>
  /** An id that no other case uses, and neither did an earlier run. */
  fresh(label?: string): string
  /** A record of a kind, later than the one before it. */
  make<K extends Kind>(kind: K, members?: Partial<Records[K]>): Records[K]
  makeEvent(members?: Partial<EventRecord>): EventRecord
  /** Writes a new record, and demands that it was written. */
  put<K extends Kind>(kind: K, id: string, members?: Partial<Records[K]>): Promise<Records[K]>
}

const ID_LENGTH = 12

/** A case; the store is asked through the boundary that the library uses, so that each answer has to be of the promised shape. */
export function contractCase(name: string, body: (world: World) => Promise<void>): ContractCase {
  return {
    name,
    async run(makeStore, clock) {
      const corrupt: Event[] = []
      const store = trusted(await makeStore(), (event) => {
        if (event.type === 'store.corrupt') corrupt.push(event)
      })
      await body(createWorld(store, clock))
      equal(corrupt, [], 'the rows that could not be read')
    },
  }
}

function createWorld(store: TokenStore, clock: TestClock | undefined): World {
  let order = SAMPLES.token.order
  const fresh = (label = 'id') => `${label}_${randomBase62(ID_LENGTH)}`
  const make: World['make'] = (kind, members) => ({ ...structuredClone(SAMPLES[kind]), order: ++order, ...members })
  return {
    store,
    clock,
    now: async () => (await store.get('account', 'user:nobody')).now,
    fresh,
    make,
    makeEvent: (members) => ({ ...structuredClone(SAMPLE_EVENT), id: fresh('event'), order: ++order, ...members }),
    async put(kind, id, members) {
      const record = make(kind, members)
      equal(await store.write(kind, id, 0, record), 'written', `the write of a new ${kind}`)
      return record
    },
  }
}

/** How many race in a case. */
export const RACERS = 64

/** Lets all racers start at once, and waits for the last one. */
export const race = <T>(racer: (number: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: RACERS }, (_, number) => racer(number)))
