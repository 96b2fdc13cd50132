import { checkOwner } from '../core/subject.js'
import { checkId } from '../core/text.js'
import { fillPage, type PageOf, pageOf, pageRequest } from '../store/pages.js'
import type { Filters, Listed } from '../store/store.js'
import type { Context } from './context.js'
import { statusOf } from './status.js'
import type { ListInput, Token } from './types.js'
import { viewOf } from './view.js'

/** Tokens as they stand now, newest first. A cursor goes on where its page ended, within the filter it is used with. */
export async function listTokens(context: Context, input: ListInput): Promise<PageOf<Token>> {
  const filter = { ...realmOf(input), ...(input.unrevoked && { unrevoked: true }) }
  const { items, next } = await fillPage<'token', Token>(
    pageRequest(input),
    (page) => context.store.list('token', filter, page),
    (item, now) => (input.unrevoked && isRevoked(item, now) ? undefined : shown(item, now)),
  )
  return pageOf(items, next)
}

/** Whose tokens are asked for. Throws `invalid_input`. */
export const realmOf = ({ owner, tenant }: Pick<ListInput, 'owner' | 'tenant'>): Filters['token'] => ({
  ...(owner !== undefined && { owner: checkOwner(owner) }),
  ...(tenant !== undefined && { tenant: checkId(tenant, 'a tenant id') }),
})

export const shown = ({ id, record, chain, use }: Listed<'token'>, now: number): Token =>
  viewOf(id, record, chain, now, use)

const isRevoked = ({ record, chain }: Listed<'token'>, now: number) => statusOf(record, chain, now) === 'revoked'
