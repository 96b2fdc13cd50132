import type { Catalogue } from '../core/catalogue.js'
import { API_TOKEN, checkPrefix, credentialParser } from '../core/credential.js'
import { createDigester, type Digester, type Pepper } from '../core/digest.js'
import { TokenloopError } from '../core/errors.js'
import { type Event, type EventListener, safeListener } from '../core/event.js'
import { checkPart, optionsOf } from '../core/options.js'
import { createOrder } from '../core/order.js'
import type { Freshness } from '../core/principal.js'
import { createSealer, type Sealer, type SealingKey } from '../core/seal.js'
import type { Duration } from '../core/time.js'
import type { Audit } from '../store/audit.js'
import { freshnessOf } from '../store/freshness.js'
import { readRetention } from '../store/standing.js'
import type { TokenStore } from '../store/store.js'
import { trusted } from '../store/trust.js'
import { createUseBuffer, type UseBuffer, type UseOptions } from '../store/use.js'
import { type ExpiryRule, expiryRule, type Lifetime } from './lifetime.js'
import { createLiveness, type Liveness, type LivenessOptions } from './liveness.js'

/** The options of `createTokens`. */
export interface TokensOptions<Scope extends string = string, Role extends string = string> {
  readonly store: TokenStore
  readonly catalogue: Catalogue<Scope, Role>
  /** What every token begins with, such as `sl` or `sk_live`: one for each environment. */
  readonly prefix: string
  /** Prefixes of old, whose tokens keep working. */
  readonly formerPrefixes?: readonly string[]
  /** Keys mixed into the digests; the first makes new ones, and use re-makes the others. */
  readonly peppers?: readonly Pepper[]
  /** Whether the live tokens of an owner (in a tenant) have names of their own. Names compare byte for byte. */
  readonly uniqueNames?: boolean
  /**
   * The lifetimes that may be chosen; by default any that ends. Where none is chosen it is `'never'` if that is among them, one year
   * if `'any'` is, and a refusal otherwise.
   */
  readonly lifetimes?: readonly Lifetime[]
  /** Keeps secrets sealed, so that `reveal` can show them again; the first key seals, all of them open. */
  readonly sealWith?: readonly SealingKey[]
  /** Asks the host whether a user may still act. */
  readonly ownerActive?: LivenessOptions
  readonly use?: UseOptions
  /** Told about every change, every refusal and every fault. */
  readonly onEvent?: EventListener
  /**
   * How long what has ended stays listed (30 days by default), and the audit trail is kept (one year). Where all tokens of an owner or a
   * tenant end more than once within that time, those that ended later go with those that ended first.
   */
  readonly retention?: { readonly ended?: Duration; readonly audit?: Duration }
}

const OPTIONS = optionsOf<TokensOptions>('createTokens', {
  store: true,
  catalogue: true,
  prefix: true,
  formerPrefixes: true,
  peppers: true,
  uniqueNames: true,
  lifetimes: true,
  sealWith: true,
  ownerActive: true,
  use: true,
  onEvent: true,
  retention: true,
})

/** What every operation on tokens works with: the options, read once. */
export interface Context {
  readonly store: TokenStore
  /** How old an answer of the store may be that a check goes by. */
  readonly freshness: Freshness
  readonly catalogue: Catalogue
  readonly prefix: string
  readonly parse: ReturnType<typeof credentialParser>
  readonly digester: Digester
  readonly uniqueNames: boolean
  readonly expiry: ExpiryRule
  readonly sealer: Sealer | undefined
  readonly isOwnerActive: Liveness | undefined
  readonly uses: UseBuffer
  readonly order: (now: number) => number
  readonly tell: (event: Event) => void
  /** Milliseconds for which an ended token is kept. */
  readonly keepEnded: number
  readonly audit: Audit
}

/** Reads the options. Throws `invalid_option`. */
export function createContext(options: TokensOptions): Context {
  OPTIONS.check(options)
  const { prefix, formerPrefixes = [], peppers, sealWith, ownerActive, use = {} } = options
  if (!Array.isArray(formerPrefixes)) throw new TokenloopError('invalid_option', '`formerPrefixes` must be a list')
  const prefixes = [prefix, ...formerPrefixes].map(checkPrefix)
  const tell = safeListener(options.onEvent)
  checkPart('catalogue', options.catalogue, 'resolve', 'covers', 'parse')
  const freshness = freshnessOf(options.store)
  if (options.store.capabilities.durable !== true) tell({ type: 'store.not_durable', at: null })
  const store = trusted(options.store, tell)
  return {
    store,
    freshness,
    catalogue: options.catalogue,
    prefix,
    parse: credentialParser(API_TOKEN, prefixes),
    digester: createDigester(API_TOKEN.kind, peppers),
    uniqueNames: options.uniqueNames ?? false,
    expiry: expiryRule(options.lifetimes),
    sealer: sealWith === undefined ? undefined : createSealer(sealWith),
    isOwnerActive: ownerActive === undefined ? undefined : createLiveness(ownerActive),
    uses: createUseBuffer(store, use, (tokens) => tell({ type: 'use.dropped', at: null, detail: { tokens } })),
    order: createOrder(),
    tell,
    ...readRetention(options.retention),
  }
}
