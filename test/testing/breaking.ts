import { around } from '../../src/store/around.js'
import type { EventRecord, Kind, Records } from '../../src/store/records.js'
import type { TokenStore, WriteOutcome } from '../../src/store/store.js'

/** A store that is broken on purpose, made of one that is not, and the cases of the contract that must notice. */
export interface Broken {
  readonly name: string
  readonly caughtBy: readonly string[]
  readonly make: (store: TokenStore) => TokenStore
}

/** Lets others go on. */
export const pause = () => new Promise((resolve) => setTimeout(resolve, 1))

/** A store of which some methods are others. */
export const broken = (
  name: string,
  caughtBy: readonly string[],
  breaking: (store: TokenStore) => Partial<TokenStore>,
): Broken => ({
  name,
  caughtBy,
  make: (store) => ({ ...around(store, (_, run) => run()), ...breaking(store) }),
})

/** Writes over whatever is there, as an UPDATE without a condition does. */
export async function force<K extends Kind>(
  store: TokenStore,
  kind: K,
  id: string,
  next: Records[K] | null,
  event?: EventRecord,
) {
  for (let outcome: WriteOutcome = 'conflict'; outcome !== 'written'; ) {
    const { version } = await store.get(kind, id)
    outcome = await store.write(kind, id, version, next, event && { event })
  }
}

/** Takes ids and keys for the same where a fold makes them the same, as collations do. */
export const folding = (how: string, fold: (text: string) => string, ...caughtBy: string[]) =>
  broken(`compares ${how}`, caughtBy, (store) => ({
    get: (kind, id) => store.get(kind, fold(id)),
    getWith: (kind, id) => store.getWith(kind, fold(id)),
    find: (kind, unique) => store.find(kind, fold(unique)),
    write: (kind, id, expected, next, options) =>
      store.write(kind, fold(id), expected, next && { ...next, unique: next.unique && fold(next.unique) }, options),
    insertOnce: (kind, key, value, expiresAt) => store.insertOnce(fold(kind), fold(key), value, expiresAt),
    takeOnce: (kind, key, claim) => store.takeOnce(fold(kind), fold(key), fold(claim)),
    spend: async (kind, id, budgets) => {
      const spent = await store.spend(
        kind,
        fold(id),
        budgets.map((budget) => ({ ...budget, name: fold(budget.name) })),
      )
      return { ...spent, states: spent.states.map((state, i) => ({ ...state, name: budgets[i]?.name as string })) }
    },
  }))

export const IDS = 'tells ids and unique keys apart, character for character'
export const ENTRIES = 'tells single-use keys, claims and limits apart, character for character'

/** Loses something of each record that is written. */
export const losing = (what: string, lose: (key: string, value: unknown) => unknown) =>
  broken(`loses ${what}`, ['keeps a record of every kind exactly as it was written'], (store) => ({
    write: (kind, id, expected, next, options) =>
      store.write(kind, id, expected, JSON.parse(JSON.stringify(next), lose), options),
  }))
