import { type Accounts, createAccounts } from '../accounts/accounts.js'
import type { AccountsOptions } from '../accounts/context.js'
import type { Catalogue } from '../core/catalogue.js'
import type { Event, EventListener, EventType } from '../core/event.js'
import { optionsOf } from '../core/options.js'
import { type Owner, system, type User } from '../core/subject.js'
import { type ManagedKeys, managedKeys } from '../jwt/managed-keys.js'
import type { CreateClientInput } from '../oauth/clients/types.js'
import type { AuthorizationServerOptions } from '../oauth/options.js'
import { type AuthorizationServer, createAuthorizationServer } from '../oauth/server.js'
import { accessTokens } from '../resource/access-tokens.js'
import { apiTokens } from '../resource/api-tokens.js'
import { createGuard, type Guard } from '../resource/guard.js'
import { jwts } from '../resource/jwts.js'
import { memoryStore } from '../store/memory.js'
import { type Latency, slowStore } from '../store/slow.js'
import type { TokensOptions } from '../tokens/context.js'
import { createTokens, type Tokens } from '../tokens/tokens.js'
import type { IssueInput } from '../tokens/types.js'
import { type BearerHeaders, createTestClient, type TestClient } from './client.js'
import { createClock, type TestClock } from './clock.js'
import { type Fault, type FaultyStore, faultyStore } from './faulty-store.js'

/** What goes wrong with the store of every kit, when it is switched on. */
export type KitFault = 'down' | 'lost'

const FAULTS: { readonly [N in KitFault]: Fault } = {
  down: { point: 'before' },
  lost: { point: 'after', method: 'write' },
}

/** The options of `createTestKit`; what a kit has of its own is not among those of its parts. */
export interface TestKitOptions<
  Scope extends string = string,
  Role extends string = string,
  Named extends string = never,
> {
  readonly catalogue: Catalogue<Scope, Role>
  /** The identifier of the API that the guard protects; `https://api.test` by default. */
  readonly resource?: string
  /** The access tokens of connected apps; JWTs by default. */
  readonly accessTokens?: 'jwt' | 'opaque'
  /** Makes each call of the store take its time, so that what happens at once interleaves as it does over a network. */
  readonly latency?: Latency
  /** More of what may go wrong with the store, by names for `store.on` and `store.off`. All of it is off at first. */
  readonly faults?: { readonly [N in Named]: Fault }
  /** As the host makes its tokens, where a test depends on it: `prefix` (`test` by default), `lifetimes`, `uniqueNames` and so on. */
  readonly tokens?: Partial<Omit<TokensOptions<Scope, Role>, 'store' | 'catalogue' | 'onEvent'>>
  /** The same for its service accounts. */
  readonly accounts?: Omit<AccountsOptions<Scope, Role>, 'store' | 'catalogue' | 'onEvent'>
  /** The same for its authorization server, which is `https://auth.test` by default, with `resource` as its only resource. */
  readonly server?: Partial<Omit<AuthorizationServerOptions<Scope, Role>, 'store' | 'catalogue' | 'keys' | 'onEvent'>>
}

const OPTIONS = optionsOf<TestKitOptions>('createTestKit', {
  catalogue: true,
  resource: true,
  accessTokens: true,
  latency: true,
  faults: true,
  tokens: true,
  accounts: true,
  server: true,
})

/** Everything that a host has of the library, over a store in memory and a clock that a test sets. */
export interface TestKit<Scope extends string = string, Role extends string = string, Named extends string = never> {
  /** The time of the store, of the signing keys and of the guard. */
  readonly clock: TestClock
  /**
   * The store in memory, for the host to make parts of its own over. It works until something is switched on:
   *
   * | `store.on(…)` | what happens |
   * |---|---|
   * | `'down'` | every call fails: checks are 503, changes reject with `unavailable` |
   * | `'lost'` | each write takes place, and its answer is lost |
   * | what `faults` named | as it says |
   *
   * `store.off()` ends all of it; `store.struck('down')` is how often it came to pass.
   */
  readonly store: FaultyStore<Named | KitFault>
  readonly tokens: Tokens<Scope, Role>
  readonly accounts: Accounts<Scope>
  readonly keys: ManagedKeys
  readonly auth: AuthorizationServer<Scope, Role>
  /** Takes API tokens and the access tokens of connected apps, both from `Authorization: Bearer`; its answers are held against the store. */
  readonly guard: Guard<Scope, 'token' | 'grant' | 'client'>
  /** All that was told since the kit was made, the oldest first. */
  readonly events: readonly Event[]
  /** The events of some types. */
  told(...types: readonly EventType[]): readonly Event[]
  /** Takes what other parts tell, for `events`: the `onEvent` of whatever the host makes itself over `store`. */
  readonly onEvent: EventListener
  /**
   * The headers of a request with a new API token of an owner, issued by `system`; in the tenant of `user(id, { tenant })` where there is
   * one. `more` is whatever else `tokens.issue` takes. Rejects as `tokens.issue` does, such as with `unknown_scope`.
   *
   * @example
   * const headers = await kit.bearer(user('alice'), 'issues:read')
   * const response = await app.request('/v1/issues', { headers })
   */
  bearer(
    owner: Owner | User,
    scopes: Scope | readonly Scope[],
    more?: Partial<IssueInput<Scope, Role>>,
  ): Promise<BearerHeaders>
  /**
   * A new client of `auth`, for tests to connect: a public one, unless `client` says otherwise (as `auth.clients.create` takes it). Rejects
   * as that does.
   *
   * @example
   * const app = await kit.client({ name: 'Acme CLI' })
   * const { headers } = await app.connect(user('alice'), 'issues:read')
   * const machine = await kit.client({ grantTypes: ['client_credentials'], scopes: ['issues:read'] })
   */
  client(client?: Partial<CreateClientInput<Scope, Role>>): Promise<TestClient<Scope>>
  /** Writes what was gathered of the last use of tokens and connected apps, for tests that look at it. Rejects with `unavailable`. */
  flush(): Promise<void>
}

/**
 * Makes what the tests of a host need, and nothing that waits for real time: it works under any test runner, since it imports none.
 * Each test makes its own. Throws `invalid_option`.
 *
 * @example
 * const kit = createTestKit({ catalogue })
 * const app = createApp({ tokens: kit.tokens, guard: kit.guard })
 * const headers = await kit.bearer(user('alice'), 'issues:read')
 * kit.clock.advance('366d')
 * (await app.request('/v1/issues', { headers })).status   // 401
 */
export function createTestKit<Scope extends string, Role extends string, Named extends string = never>(
  options: TestKitOptions<Scope, Role, Named>,
): TestKit<Scope, Role, Named> {
  OPTIONS.check(options)
  const { catalogue, resource = 'https://api.test', accessTokens: format = 'jwt', latency, server = {} } = options
  const { issuer = 'https://auth.test', prefix, peppers } = server

  const clock = createClock()
  const memory = memoryStore({ clock })
  // A store without these names would be a mistake of the type `Named` alone.
  const plan = { ...FAULTS, ...options.faults } as { readonly [N in Named | KitFault]: Fault }
  const store = faultyStore(latency === undefined ? memory : slowStore(memory, latency), plan)
  store.off()

  const events: Event[] = []
  const onEvent = (event: Event): void => {
    // That a store in memory forgets is no news here.
    if (event.type !== 'store.not_durable') events.push(event)
  }

  const tokens = createTokens({ prefix: 'test', ...options.tokens, store, catalogue, onEvent })
  const accounts = createAccounts({ ...options.accounts, store, catalogue, onEvent })
  const sealWith = [{ id: 'test', key: crypto.getRandomValues(new Uint8Array(32)) }]
  const keys = managedKeys({ store, clock, sealWith, onEvent })
  const resources = [{ id: resource, format }]
  const auth = createAuthorizationServer({ issuer, resources, ...server, store, catalogue, keys, onEvent })
  const signed = jwts({ issuer, keys, store, clock, onEvent })
  const opaque = accessTokens({ issuer, store, onEvent, ...(prefix && { prefix }), ...(peppers && { peppers }) })
  const guard = createGuard({ resource, catalogue, accept: [apiTokens(tokens), opaque, signed] })

  let issued = 0
  return Object.freeze({
    clock,
    store,
    tokens,
    accounts,
    keys,
    auth,
    guard,
    events,
    told: (...types: readonly EventType[]) => events.filter(({ type }) => types.includes(type)),
    onEvent,
    async bearer(
      owner: Owner | User,
      scopes: Scope | readonly Scope[],
      more: Partial<IssueInput<Scope, Role>> = {},
    ): Promise<BearerHeaders> {
      const tenant = 'tenant' in owner && owner.tenant !== undefined ? { tenant: owner.tenant } : {}
      const name = `test ${++issued}`
      const asked = typeof scopes === 'string' ? [scopes] : scopes
      const { secret } = await tokens.issue({ by: system, owner, name, scopes: asked, ...tenant, ...more })
      return { authorization: `Bearer ${secret.reveal()}` }
    },
    client: (client: Partial<CreateClientInput<Scope, Role>> = {}) => createTestClient(auth, { issuer, clock, client }),
    async flush() {
      await Promise.all([tokens, auth, opaque, signed].map((part) => part.flush()))
    },
  })
}
