import type { Catalogue } from '../core/catalogue.js'
import type { Pepper } from '../core/digest.js'
import { TokenloopError } from '../core/errors.js'
import { type Event, safeListener } from '../core/event.js'
import type { Fetch } from '../core/fetch-bytes.js'
import { checkPart, optionsOf } from '../core/options.js'
import { createOrder } from '../core/order.js'
import type { Nonces } from '../jwt/dpop/nonces.js'
import type { SigningKeys } from '../jwt/types.js'
import { type Audit, createAudit } from '../store/audit.js'
import { freshnessOf } from '../store/freshness.js'
import type { TokenStore } from '../store/store.js'
import { trusted } from '../store/trust.js'
import { createUseBuffer, type UseBuffer } from '../store/use.js'
import { createCredentials } from './credentials.js'
import { type Documents, documentsOf } from './documents/options.js'
import { type Lifetimes, lifetimesOf } from './lifetimes.js'
import { type OpenIdOptions, openIdOf } from './openid/options.js'
import type { AuthorizationServerOptions } from './options.js'
import { type Paths, type Place, pathsOf, placeOf } from './paths.js'
import type { Explanation } from './refusal.js'
import { type Registration, registrationOf } from './registration/options.js'
import { type Resource, resourcesOf } from './resources.js'

const OPTIONS = optionsOf<AuthorizationServerOptions>('createAuthorizationServer', {
  issuer: true,
  store: true,
  catalogue: true,
  keys: true,
  resources: true,
  paths: true,
  prefix: true,
  peppers: true,
  lifetimes: true,
  nonces: true,
  registration: true,
  use: true,
  metadataDocuments: true,
  openid: true,
  requirePushedRequests: true,
  onEvent: true,
})

/** What every operation of the server works with: the options, read once. */
export interface Context {
  readonly issuer: string
  readonly place: Place
  readonly paths: Paths
  readonly store: TokenStore
  readonly catalogue: Catalogue
  readonly keys: SigningKeys | undefined
  readonly resources: ReadonlyMap<string, Resource>
  readonly credentials: ReturnType<typeof createCredentials>
  readonly peppers: readonly Pepper[]
  /** Milliseconds. */
  readonly lifetimes: Lifetimes<number>
  readonly nonces: Nonces | undefined
  /** `undefined` where clients cannot register. */
  readonly registration: Registration | undefined
  readonly uses: UseBuffer
  /** `undefined` where the id of a client is never the address of a document. */
  readonly documents: Documents | undefined
  /** Fetches what clients point to; `undefined` where nothing can. */
  readonly fetch: Fetch | undefined
  readonly openid: OpenIdOptions | undefined
  readonly requirePushedRequests: boolean
  /** Why an answer refuses, for the host's logs: as long as the host holds the answer. */
  readonly explanations: WeakMap<object, Explanation>
  readonly order: (now: number) => number
  readonly audit: Audit
  readonly tell: (event: Event) => void
}

/** Reads the options. Throws `invalid_option`. */
export function createContext(options: AuthorizationServerOptions): Context {
  OPTIONS.check(options)
  const { catalogue, keys, nonces, peppers = [], use = {} } = options
  const place = placeOf(options.issuer)
  checkPart('catalogue', catalogue, 'resolve', 'covers', 'parse')
  if (keys !== undefined) checkPart('keys', keys, 'active', 'find', 'jwks')
  if (nonces !== undefined) checkPart('nonces', nonces, 'current', 'accepts')
  const resources = resourcesOf(catalogue, options.resources)
  if (keys === undefined && [...resources.values()].some(({ format }) => format === 'jwt')) {
    throw new TokenloopError('invalid_option', '`keys` are needed for resources that take JWTs')
  }
  const openid = openIdOf(options.openid)
  if (openid !== undefined && keys === undefined) {
    throw new TokenloopError('invalid_option', '`keys` are needed for ID tokens')
  }
  const tell = safeListener(options.onEvent)
  freshnessOf(options.store)
  if (options.store.capabilities.durable !== true) tell({ type: 'store.not_durable', at: null })
  const lifetimes = lifetimesOf(options.lifetimes)
  const store = trusted(options.store, tell)
  return {
    issuer: options.issuer,
    place,
    paths: pathsOf(place, options.paths),
    store,
    catalogue,
    keys,
    resources,
    credentials: createCredentials(options.prefix, peppers),
    peppers: [...peppers],
    lifetimes,
    nonces,
    registration: registrationOf(options.registration),
    uses: createUseBuffer(store, use, (tokens) => tell({ type: 'use.dropped', at: null, detail: { tokens } })),
    ...documentsOf(options.metadataDocuments, place),
    openid,
    requirePushedRequests: options.requirePushedRequests === true,
    explanations: new WeakMap(),
    order: createOrder(),
    audit: createAudit(lifetimes.audit),
    tell,
  }
}

/** The address of an endpoint. */
export const urlOf = ({ place, paths }: Context, endpoint: keyof Paths): string => place.origin + paths[endpoint]
