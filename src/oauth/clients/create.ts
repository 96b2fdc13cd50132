import { checkGift } from '../../core/authority.js'
import { TokenloopError } from '../../core/errors.js'
import { Secret } from '../../core/secret.js'
import { actorRef, tenantOf } from '../../core/subject.js'
import { checkId, checkText } from '../../core/text.js'
import { isActive, type Link } from '../../store/chain.js'
import { accountId } from '../../store/records.js'
import type { Context } from '../context.js'
import { givenBy } from './given.js'
import { giving } from './giving.js'
import { hostView } from './host-view.js'
import { putClient, untilPut } from './put.js'
import type { CreateClientInput, CreatedClient } from './types.js'

/** Registers a client by hand, if its tenant is active and does not move meanwhile. */
export async function createClient(context: Context, input: CreateClientInput): Promise<CreatedClient> {
  const { by, redirectUris = [], grantTypes = ['authorization_code', 'refresh_token'] } = input
  actorRef(by)
  const { scopes, roles } = checkGift(context.catalogue, by, input.scopes, input.roles)
  const actsForItself = grantTypes.includes('client_credentials')
  if (!actsForItself && roles.length > 0) {
    throw new TokenloopError('invalid_input', 'roles are for a client that acts for itself')
  }
  const metadata = await givenBy(context, {
    ...input,
    redirectUris,
    grantTypes,
    authMethod: input.authMethod ?? (redirectUris.length > 0 ? 'none' : 'client_secret_basic'),
    // Whoever acts for itself has what it was given, and nothing where it was given nothing.
    ...((actsForItself || input.scopes !== undefined) && { scopes }),
  })
  const tenant = 'tenant' in input ? checkId(input.tenant, 'a tenant id') : tenantOf(by)
  const description = descriptionOf(input.description)
  const put = await untilPut(async () => {
    const { now, link } = await readTenant(context, tenant)
    const conditions = await giving(context, by, { metadata, roles }, [link])
    const onlyIf = [
      ...(link === undefined ? [] : [{ kind: link.kind, id: link.id, version: link.version }]),
      ...conditions,
    ]
    const outcome = await putClient(context, now, {
      by,
      origin: 'manual',
      metadata,
      tenant: tenant ?? null,
      roles,
      description,
      onlyIf,
    })
    return outcome === 'duplicate' ? 'conflict' : outcome
  })
  const { id, record, secret } = put
  return { client: hostView(id, record, record.createdAt), secret: secret && new Secret(secret.minted.text) }
}

/** For the host's own lists. */
export const descriptionOf = (description: unknown): string | null =>
  description === undefined
    ? null
    : checkText(description, { label: 'the description of a client', code: 'invalid_input', max: 500 })

/** The tenant's account, or, without a tenant, the store's time alone. Throws `owner_inactive`. */
async function readTenant(
  { store }: Context,
  tenant: string | undefined,
): Promise<{ now: number; link: Link<'account'> | undefined }> {
  if (tenant === undefined) return { now: (await store.get('client', 'none')).now, link: undefined }
  const id = accountId({ kind: 'tenant', id: tenant })
  const { now, version, record } = await store.get('account', id)
  const link: Link<'account'> = { kind: 'account', id, version, record }
  if (!isActive(link)) throw new TokenloopError('owner_inactive', 'the tenant is not active')
  return { now, link }
}
