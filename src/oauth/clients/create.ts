import { randomBase62 } from '../../core/base62.js'
import { TokenloopError } from '../../core/errors.js'
import { frozenList } from '../../core/frozen.js'
import { optionsOf } from '../../core/options.js'
import { Secret } from '../../core/secret.js'
import { type Actor, actorRef, tenantOf } from '../../core/subject.js'
import { checkId } from '../../core/text.js'
import type { ClientRecord } from '../../store/records.js'
import type { Context } from '../context.js'
import { type AuthMethod, type ClientMetadata, type GrantType, storedMetadata } from './metadata.js'

/** A client that is registered by hand. */
export interface CreateClientInput {
  readonly by: Actor
  readonly name?: string
  readonly description?: string
  /** By default the actor's, where it has one. */
  readonly tenant?: string
  readonly redirectUris?: readonly string[]
  readonly grantTypes?: readonly GrantType[]
  /** `none` for one that cannot keep a secret. By default `client_secret_basic` where it acts for itself, `none` where it has redirect URIs. */
  readonly authMethod?: AuthMethod
  readonly applicationType?: 'web' | 'native'
  /** The most that it may ask for. */
  readonly scopes?: readonly string[]
  readonly roles?: readonly string[]
}

const INPUT = optionsOf<CreateClientInput>('clients.create', {
  by: true,
  name: true,
  description: true,
  tenant: true,
  redirectUris: true,
  grantTypes: true,
  authMethod: true,
  applicationType: true,
  scopes: true,
  roles: true,
})

/** A client as it was created, with its secret where it has one: shown once. */
export interface CreatedClient {
  readonly client: { readonly id: string; readonly metadata: ClientMetadata }
  readonly secret: Secret | undefined
}

export async function createClient(context: Context, input: CreateClientInput): Promise<CreatedClient> {
  INPUT.check(input)
  const { by, redirectUris = [], roles = [], scopes, name, description } = input
  const { store, credentials, audit, tell, order } = context
  const tenant = input.tenant ?? tenantOf(by)
  const { now } = await store.get('client', 'none')
  const id = `c_${randomBase62(16)}`
  const authMethod = input.authMethod ?? (redirectUris.length > 0 ? 'none' : 'client_secret_basic')
  const secret =
    authMethod === 'client_secret_basic' || authMethod === 'client_secret_post'
      ? credentials.clientSecret.mint()
      : undefined
  const metadata: ClientMetadata = {
    redirect_uris: [...redirectUris],
    token_endpoint_auth_method: authMethod,
    grant_types: [...(input.grantTypes ?? ['authorization_code', 'refresh_token'])],
    response_types: ['code'],
    application_type:
      input.applicationType ?? (redirectUris.some((uri) => uri.startsWith('http://')) ? 'native' : 'web'),
    ...(name !== undefined && { client_name: name }),
    ...(scopes !== undefined && { scope: scopes.join(' ') }),
  }
  const record: ClientRecord = {
    origin: 'manual',
    status: 'active',
    epoch: 0,
    metadata: storedMetadata(metadata),
    secrets:
      secret === undefined ? [] : [{ ...credentials.clientSecret.make(secret), createdAt: now, expiresAt: null }],
    registration: null,
    tenant: tenant === undefined ? null : checkId(tenant, 'a tenant id'),
    roles: frozenList(roles),
    description: description ?? null,
    createdBy: actorRef(by),
    createdAt: now,
    order: order(now),
    unique: null,
    keepUntil: null,
  }
  const event = audit(now, { type: 'client.created', by, about: id, tenant: record.tenant })
  if ((await store.write('client', id, 0, record, { event })) !== 'written') {
    throw new TokenloopError('conflict', 'the id of a client was taken')
  }
  tell(event)
  return { client: { id, metadata }, secret: secret && new Secret(secret.text) }
}
