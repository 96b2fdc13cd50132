import { checkGift } from '../core/authority.js'
import { randomBase62 } from '../core/base62.js'
import { TokenloopError } from '../core/errors.js'
import { checkMetadata } from '../core/json.js'
import { actorRef, tenantOf } from '../core/subject.js'
import { checkId, checkText } from '../core/text.js'
import { actingNow } from '../store/acting.js'
import { writeCertainly } from '../store/certain.js'
import { type AccountRecord, accountId } from '../store/records.js'
import { activeTenant } from '../store/standing.js'
import type { Context } from './context.js'
import type { CreateAccountInput, ServiceAccount } from './types.js'
import { viewOf } from './view.js'

/** An account's id has 95 random bits after its prefix. */
const ID_LENGTH = 16
const MOST_ATTEMPTS = 200

export const checkName = (name: unknown): string =>
  checkText(name, { label: 'the name of a service account', code: 'invalid_name', max: 100 })

/** Creates a service account, if its tenant is active and does not move meanwhile. */
export async function createAccount(context: Context, input: CreateAccountInput<string>): Promise<ServiceAccount> {
  const { by, metadata = {} } = input
  const createdBy = actorRef(by)
  const { scopes } = checkGift(context.catalogue, by, input.scopes)
  const fields = { name: checkName(input.name), scopes, metadata: checkMetadata(metadata), createdBy }
  const tenant = 'tenant' in input ? checkId(input.tenant, 'a tenant id') : tenantOf(by)
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const id = `sa_${randomBase62(ID_LENGTH)}`
    const { now, links, onlyIf } = await activeTenant(context.store, tenant)
    const acting = await actingNow(context, by, links)
    const record: AccountRecord = {
      ...fields,
      type: 'account',
      status: 'active',
      tokens: 0,
      grants: 0,
      tenant: tenant ?? null,
      createdAt: now,
      order: context.order(now),
      unique: null,
      keepUntil: null,
    }
    const about = accountId({ kind: 'account', id })
    const event = context.audit(now, {
      type: 'account.created',
      by,
      about,
      tenant: record.tenant,
      detail: { name: fields.name, scopes },
    })
    const options = { event, onlyIf: [...onlyIf, ...acting.conditions] }
    const outcome = await writeCertainly(context.store, 'account', about, 0, record, options, () => true)
    if (outcome === 'written') {
      context.tell(event)
      return viewOf(id, record)
    }
  }
  throw new TokenloopError('conflict', 'the tenant keeps changing')
}
