import { memoryStore, type TokenStore } from 'tokenloop'

/** The one place that picks the store: `STORE` is `memory`. Throws for what there is no store for. */
export function openStore(choice = 'memory'): TokenStore {
  if (choice === 'memory') return memoryStore()
  const scheme = /^(\w+):\/\//.exec(choice)?.[1]
  const what = scheme === undefined ? 'a file' : `${scheme}://`
  throw new Error(`STORE names ${what}, but there is a store in memory only: leave STORE unset, or say "memory"`)
}
