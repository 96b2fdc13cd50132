import { TokenloopError } from '../core/errors.js'
import { checkPart } from '../core/options.js'
import type { Freshness } from '../core/principal.js'
import { positive } from '../core/shape.js'
import type { TokenStore } from './store.js'

/**
 * How old what a store answers may be where a late answer will do. Throws `invalid_option` for a store in which a change may go unseen
 * for nobody knows how long: one that is not linearizable, and gives no bound; and for what is no store.
 */
export function freshnessOf(store: TokenStore): Freshness {
  const { linearizable, maxStaleness } = checkPart('store', store, 'getWith', 'write').capabilities ?? {}
  if (positive(maxStaleness)) return Object.freeze({ maxStaleness })
  if (linearizable === true && maxStaleness === undefined) return 'immediate'
  throw new TokenloopError(
    'invalid_option',
    'a revocation in this store may go unseen: it is not linearizable, and has no bound',
  )
}
