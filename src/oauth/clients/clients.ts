import type { PageOf } from '../../store/pages.js'
import type { Context } from '../context.js'
import { type InitialAccess, type InitialAccessInput, mintInitialAccess } from '../registration/initial-access.js'
import { addSecret, removeSecret } from './change-secrets.js'
import { createClient } from './create.js'
import * as inputs from './inputs.js'
import { getClient, listClients } from './reading.js'
import { type Reaped, type ReapInput, reapClients } from './reap.js'
import { changeStanding } from './standing.js'
import type {
  AddSecretInput,
  Client,
  ClientChangeInput,
  CreateClientInput,
  CreatedClient,
  CreatedPair,
  CreatePairInput,
  ListClientsInput,
  UpdateClientInput,
} from './types.js'
import { updateClient } from './update.js'

/**
 * The clients of an authorization server, in the hands of the host. Each way of ending or stopping one is a single write, whatever hangs
 * on it, and holds from the next request on. Rejects with a `TokenloopError`; `unavailable` where the store fails, `conflict` where what
 * is changed keeps being changed by others, `invalid_option` for an option that there is none of.
 */
export interface Clients<Scope extends string = string, Role extends string = string> {
  /**
   * Registers a client by hand; its secret is shown once. A client-id-and-secret pair is one with `client_credentials`, a tenant and
   * roles, which are fixed for life: nobody makes one that may do more for itself than they may, and no token that is itself bound in
   * time, networks or limits makes one at all. The same goes for `addSecret`, `resume`, and an `update` that names keys.
   * Errors: `invalid_input`, `unknown_scope`, `unknown_role`, `scope_not_allowed`, `owner_inactive` (the tenant).
   *
   * @example
   * await auth.clients.create({ by, name: 'CLI', redirectUris: ['http://127.0.0.1/cb'] })
   * const pair = await auth.clients.create({ by, tenant: 'p1', roles: ['Read Only'], grantTypes: ['client_credentials'] })
   * pair.secret.reveal()
   */
  create(input: CreatePairInput<Scope, Role>): Promise<CreatedPair>
  /** The same for any client: one with redirect URIs has no secret, unless it says that it authenticates with one. */
  create(input: CreateClientInput<Scope, Role>): Promise<CreatedClient>
  /** One client, deleted ones excepted. Errors: `not_found`. */
  get(id: string, within?: { readonly tenant: string }): Promise<Client>
  /** Clients, newest first, deleted ones excepted. Errors: `invalid_input`, `invalid_cursor`. */
  list(input?: ListClientsInput): Promise<PageOf<Client>>
  /**
   * Edits a client. Where its redirect URIs or its keys change, users are asked again. Errors: those of `create`, `not_found`;
   * `invalid_input` for the client of a metadata document, and for the scopes of one that acts for itself.
   */
  update(id: string, input: UpdateClientInput<Scope>): Promise<Client>
  /** One more secret, shown once; those it had go on, or for no longer than `overlap`. Errors: `not_found`, `invalid_input`, `scope_not_allowed`. */
  addSecret(id: string, input: AddSecretInput): Promise<CreatedPair>
  /** Ends one secret, by the id that `get` and `list` give it. Errors: `not_found`. */
  removeSecret(id: string, secret: string, input: ClientChangeInput): Promise<Client>
  /** Stops a client, with all that hangs on it, until it is resumed. Errors: `not_found`. */
  suspend(id: string, input: ClientChangeInput): Promise<void>
  /** Lets a client go on. Errors: `not_found`, `scope_not_allowed`. */
  resume(id: string, input: ClientChangeInput): Promise<void>
  /** Ends a client for good: its codes, tokens and grants. The address of a metadata document is no client again. Errors: `not_found`. */
  delete(id: string, input: ClientChangeInput): Promise<void>
  /**
   * An initial access token (RFC 7591 section 3), for `registration: { initialAccessTokens: true }`: one client can be registered with it.
   * It is good for nothing while whoever made it is suspended, or deleted. Errors: `invalid_input`, `invalid_expiry`, `scope_not_allowed`.
   */
  initialAccess(input: InitialAccessInput): Promise<InitialAccess>
  /**
   * Removes clients that came by themselves and have had no grant in force for as long as `lifetimes.idleClient`. Looks at one page of
   * clients; call it again with the cursor until there is none. Those that nobody ever used go with the sweep of the store.
   */
  reap(input?: ReapInput): Promise<Reaped>
}

/** Makes what `auth.clients` is. */
export function createClients(context: Context): Clients {
  const standing =
    (name: keyof typeof inputs.STANDING): Clients['delete'] =>
    (id, input) =>
      inputs.STANDING[name].refuse(input) ?? changeStanding(context, name, id, input)
  const clients = {
    create: (input: CreateClientInput) => inputs.CREATE.refuse(input) ?? createClient(context, input),
    get: (id: string, within?: { readonly tenant: string }) => getClient(context, id, within),
    list: (input: ListClientsInput = {}) => inputs.LIST.refuse(input) ?? listClients(context, input),
    update: (id: string, input: UpdateClientInput) => inputs.UPDATE.refuse(input) ?? updateClient(context, id, input),
    addSecret: (id: string, input: AddSecretInput) => inputs.ADD_SECRET.refuse(input) ?? addSecret(context, id, input),
    removeSecret: (id: string, secret: string, input: ClientChangeInput) =>
      inputs.REMOVE_SECRET.refuse(input) ?? removeSecret(context, id, secret, input),
    suspend: standing('suspend'),
    resume: standing('resume'),
    delete: standing('delete'),
    initialAccess: (input: InitialAccessInput) => mintInitialAccess(context, input),
    reap: (input: ReapInput = {}) => inputs.REAP.refuse(input) ?? reapClients(context, input),
  }
  return Object.freeze(clients) as Clients
}
