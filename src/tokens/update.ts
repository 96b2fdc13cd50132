import { checkGift } from '../core/authority.js'
import { checkMetadata } from '../core/json.js'
import { checkNetworks } from '../core/network.js'
import type { TokenRecord } from '../store/records.js'
import { changeToken, demandAlive, type Found } from './change.js'
import type { Context } from './context.js'
import { giving } from './giving.js'
import { moment } from './lifetime.js'
import { checkLimits } from './limits.js'
import { checkName, nameKey } from './names.js'
import { keepEnded } from './retention.js'
import type { Token, UpdateInput } from './types.js'

/** Fields whose change can make a token more powerful, so that the actor must have what the token allows. */
const POWERS = ['scopes', 'roles', 'expiresIn', 'expiresAt', 'notBefore', 'networks', 'limits'] as const

/** Edits a token. The secret stays the same, and the change holds from the next check on. */
export function updateToken(context: Context, id: string, input: UpdateInput<string, string>): Promise<Token> {
  return changeToken(context, id, input, async (found) => {
    demandAlive(found)
    const next = edited(context, found, input)
    const changed = Object.keys(next).filter(
      (key) => !isSame(next[key as keyof TokenRecord], found.record[key as keyof TokenRecord]),
    )
    if (changed.length === 0) return undefined
    const powers = POWERS.some((power) => input[power] !== undefined)
    const onlyIf = powers ? await giving(context, input.by, next, found.chain) : []
    const detail = {
      changed: changed.filter((key) => key !== 'unique' && key !== 'keepUntil').sort(),
      ...detailOf(found.record, next),
    }
    return { next, type: 'token.updated', detail, onlyIf, ...(powers && { effect: 'narrowed' as const }) }
  })
}

function edited(context: Context, { record, now }: Found, input: UpdateInput<string, string>): TokenRecord {
  const { by, name, scopes, roles, expiresIn, expiresAt, notBefore, networks, limits, metadata } = input
  const regiven = scopes !== undefined || roles !== undefined
  const gift = regiven && checkGift(context.catalogue, by, scopes ?? record.scopes, roles ?? record.roles)
  const isRetimed = expiresIn !== undefined || expiresAt !== undefined
  const endsAt = isRetimed ? context.expiry({ expiresIn, expiresAt }, now) : record.expiresAt
  const next = {
    ...record,
    ...(name !== undefined && { name: checkName(name) }),
    ...(gift || {}),
    ...(endsAt !== record.expiresAt && { expiresAt: endsAt, keepUntil: keepEnded(context, endsAt) }),
    ...(notBefore !== undefined && { notBefore: notBefore === null ? null : moment(notBefore, 'invalid_input') }),
    ...(networks !== undefined && { networks: checkNetworks(networks) }),
    ...(limits !== undefined && { limits: checkLimits(limits) }),
    ...(metadata !== undefined && { metadata: checkMetadata(metadata) }),
  }
  return name === undefined ? next : { ...next, unique: nameKey(context, next) }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** For the audit trail: scopes and names before and after, where they changed. */
const detailOf = (before: TokenRecord, after: TokenRecord) => ({
  ...(before.name !== after.name && { name: { from: before.name, to: after.name } }),
  ...(!(isSame(before.scopes, after.scopes) && isSame(before.roles, after.roles)) && {
    scopes: { from: before.scopes, to: after.scopes },
    roles: { from: before.roles, to: after.roles },
  }),
})
