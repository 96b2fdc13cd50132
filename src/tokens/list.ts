import { checkRealm } from '../core/subject.js'
import { fillPage, type PageOf, pageOf, pageRequest } from '../store/pages.js'
import { statusOf } from '../store/status.js'
import type { Listed } from '../store/store.js'
import { checkWithin, readToken } from './change.js'
import type { Context } from './context.js'
import type { ListInput, Token, Within } from './types.js'
import { viewOf } from './view.js'

/** Tokens as they stand now, newest first. A cursor goes on where its page ended, within the filter it is used with. */
export async function listTokens(context: Context, input: ListInput): Promise<PageOf<Token>> {
  const filter = { ...checkRealm(input), ...(input.unrevoked && { unrevoked: true }) }
  const { items, next } = await fillPage<'token', Token>(
    pageRequest(input),
    (page) => context.store.list('token', filter, page),
    (item, now) => (input.unrevoked && isRevoked(item, now) ? undefined : shown(context, item, now)),
  )
  return pageOf(items, next)
}

/** One token as a list shows it, which alone knows its use: its own place is the first below the next id. */
export async function getToken(context: Context, id: string, within: Within | undefined): Promise<Token> {
  const { record, chain, now } = await readToken(context, id, within === undefined ? {} : checkWithin(within))
  const { owner, order } = record
  const { items } = await context.store.list('token', { owner }, { limit: 1, after: { order, id: `${id}0` } })
  const use = items.find((item) => item.id === id)?.use ?? null
  return shown(context, { id, version: 0, record, chain, use }, now)
}

/** A token of a list. Its use is as of now for this instance, and as of their last flush for others. */
export const shown = ({ uses }: Context, { id, record, chain, use }: Listed<'token'>, now: number): Token =>
  viewOf(id, record, chain, now, uses.upToDate('token', id, use))

const isRevoked = ({ record, chain }: Listed<'token'>, now: number) => statusOf(record, chain, now) === 'revoked'
