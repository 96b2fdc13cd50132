import { around, type Method } from '../store/around.js'
import type { TokenStore } from '../store/store.js'

/** Which members change something. */
const WRITES: { readonly [M in Method]: boolean } = {
  get: false,
  getWith: false,
  find: false,
  write: true,
  list: false,
  insertOnce: true,
  takeOnce: true,
  touch: true,
  spend: true,
  changes: false,
  sweep: true,
}

const METHODS = Object.keys(WRITES) as Method[]

/** A store that counts. */
export interface CountingStore extends TokenStore {
  /** How often each member was called since the last `reset`. */
  readonly calls: { readonly [M in Method]: number }
  /** How often any member was called. */
  readonly total: number
  /** How often a member was called that changes something, whether it then did or not. */
  readonly writes: number
  reset(): void
}

/**
 * Counts the calls that reach a store.
 *
 * @example
 * const store = countingStore(memoryStore())
 * await tokens.verify(text)
 * store.total   // 1
 * store.writes  // 0
 */
export function countingStore(store: TokenStore): CountingStore {
  const calls = Object.fromEntries(METHODS.map((method) => [method, 0])) as { [M in Method]: number }
  const sum = (methods: readonly Method[]) => methods.reduce((total, method) => total + calls[method], 0)
  const counted = around(store, ({ method }, run) => {
    calls[method]++
    return run()
  })
  return {
    ...counted,
    calls,
    get total() {
      return sum(METHODS)
    },
    get writes() {
      return sum(METHODS.filter((method) => WRITES[method]))
    },
    reset() {
      for (const method of METHODS) calls[method] = 0
    },
  }
}
