import { tupleKey } from '../core/digest.js'
import { TokenloopError } from '../core/errors.js'
import { checkText } from '../core/text.js'
import type { TokenRecord } from '../store/records.js'
import { isOver } from '../store/status.js'
import type { Context } from './context.js'

/** A token's name, exactly as it came: 1 to 100 characters. Throws `invalid_name`. */
export const checkName = (name: unknown): string =>
  checkText(name, { label: 'the name of a token', code: 'invalid_name', max: 100 })

/** The key that keeps a name to one live token of an owner in a tenant; `null` where names may repeat. */
export function nameKey(context: Context, { owner, tenant, name }: Pick<TokenRecord, 'owner' | 'tenant' | 'name'>) {
  return context.uniqueNames ? tupleKey('token', owner.kind, owner.id, tenant, name) : null
}

/**
 * Makes way for a write that was refused as `duplicate`: where the holder of the name can never work again, the name is
 * taken from it, and the write may be tried again. Throws `name_taken` where it can.
 */
export async function freeName({ store }: Context, key: string): Promise<void> {
  const holder = await store.find('token', key)
  if (holder === undefined) return
  const { now, version, record, chain } = await store.getWith('token', holder.id)
  if (record === undefined || chain === undefined || record.unique !== key) return
  if (!isOver(record, chain, now)) throw new TokenloopError('name_taken', 'another live token has this name')
  await store.write('token', holder.id, version, { ...record, unique: null })
}
