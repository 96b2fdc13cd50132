import { checkGift } from '../../core/authority.js'
import { TokenloopError } from '../../core/errors.js'
import { Secret } from '../../core/secret.js'
import { actorRef, tenantOf } from '../../core/subject.js'
import { checkId, checkText } from '../../core/text.js'
import { activeTenant } from '../../store/standing.js'
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
    const { now, links, onlyIf } = await activeTenant(context.store, tenant)
    const acting = await giving(context, by, { metadata, roles }, links)
    const outcome = await putClient(context, now, {
      by,
      origin: 'manual',
      metadata,
      tenant: tenant ?? null,
      roles,
      description,
      onlyIf: [...onlyIf, ...acting],
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
