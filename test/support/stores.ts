import type { Clock } from '../../src/core/time.js'
import { memoryStore } from '../../src/store/memory.js'
import type { TokenStore } from '../../src/store/store.js'

/** Every store there is, for tests that hold on each. */
export const stores: readonly {
  readonly name: string
  readonly make: (options?: { readonly clock?: Clock }) => TokenStore | Promise<TokenStore>
}[] = [{ name: 'memory', make: (options) => memoryStore(options) }]
