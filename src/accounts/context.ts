import type { Catalogue } from '../core/catalogue.js'
import { type EventListener, safeListener } from '../core/event.js'
import { checkPart, optionsOf } from '../core/options.js'
import { createOrder } from '../core/order.js'
import type { Duration } from '../core/time.js'
import { freshnessOf } from '../store/freshness.js'
import { type Keeping, readRetention } from '../store/standing.js'
import type { TokenStore } from '../store/store.js'
import { trusted } from '../store/trust.js'

/** The options of `createAccounts`. */
export interface AccountsOptions<Scope extends string = string, Role extends string = string> {
  readonly store: TokenStore
  readonly catalogue: Catalogue<Scope, Role>
  /** Told about every change and every fault. */
  readonly onEvent?: EventListener
  /** How long the tokens that end with an account stay listed (30 days by default), and the audit trail is kept (one year). */
  readonly retention?: { readonly ended?: Duration; readonly audit?: Duration }
}

const OPTIONS = optionsOf<AccountsOptions>('createAccounts', {
  store: true,
  catalogue: true,
  onEvent: true,
  retention: true,
})

/** What every operation on accounts works with: the options, read once. */
export interface Context extends Keeping {
  readonly catalogue: Catalogue
  readonly order: (now: number) => number
}

/** Reads the options. Throws `invalid_option`. */
export function createContext(options: AccountsOptions): Context {
  OPTIONS.check(options)
  const { store, catalogue } = options
  checkPart('catalogue', catalogue, 'resolve', 'covers', 'parse')
  freshnessOf(store)
  const tell = safeListener(options.onEvent)
  return {
    store: trusted(store, tell),
    catalogue,
    ...readRetention(options.retention),
    order: createOrder(),
    tell,
  }
}
