import { TokenloopError } from '../core/errors.js'
import { checkRealm } from '../core/subject.js'
import { duration } from '../core/time.js'
import { fillPage, type PageOf, pageOf, pageRequest } from '../store/pages.js'
import type { Filters, PageRequest } from '../store/store.js'
import type { Context } from './context.js'
import { shown } from './list.js'
import type { Due, DueInput } from './types.js'

/** A token with the number it is listed by. */
interface Ranked extends Due {
  readonly order: number
}

/**
 * Tokens whose owners should hear from the host, newest first: those that expire within a time, and those that have been neither
 * made nor used for one. Only tokens that could still be used are due. Throws `invalid_input` where neither is asked for.
 */
export async function dueTokens(context: Context, input: DueInput): Promise<PageOf<Due>> {
  const within = input.within === undefined ? undefined : duration(input.within, 'within')
  const unusedFor = input.unusedFor === undefined ? undefined : duration(input.unusedFor, 'unusedFor')
  if (within === undefined && unusedFor === undefined) {
    throw new TokenloopError('invalid_input', 'due needs `within`, `unusedFor`, or both')
  }
  const realm = checkRealm(input)
  const page = pageRequest(input)
  const { now } = await context.store.list('token', realm, { limit: 1 })

  const [expiring, dormant] = await Promise.all([
    within === undefined
      ? []
      : collect(context, page, { ...realm, expiresAfter: now, expiresBy: now + within }, 'expires'),
    unusedFor === undefined ? [] : collect(context, page, { ...realm, idleSince: now - unusedFor }, 'dormant'),
  ])
  const seen = new Set(expiring.map(({ token }) => token.id))
  const all = [...expiring, ...dormant.filter(({ token }) => !seen.has(token.id))].sort(newestFirst)
  const items = all.slice(0, page.limit)
  const last = items.at(-1)
  return pageOf(
    items.map(({ token, why }) => ({ token, why })),
    all.length > items.length && last ? { order: last.order, id: last.token.id } : undefined,
  )
}

/** One more than the page holds, so that it shows whether there are more. */
async function collect(
  context: Context,
  { limit, after }: PageRequest,
  filter: Filters['token'],
  why: Due['why'],
): Promise<Ranked[]> {
  const { items } = await fillPage<'token', Ranked>(
    { limit: limit + 1, ...(after && { after }) },
    (page) => context.store.list('token', { ...filter, unrevoked: true }, page),
    (item, now) => {
      const token = shown(context, item, now)
      const live = token.status === 'active' || token.status === 'paused' || token.status === 'not_yet'
      // Used since, by what is still to be written.
      const awake = filter.idleSince !== undefined && token.use !== null && token.use.at > filter.idleSince
      return live && !awake ? { token, why, order: item.record.order } : undefined
    },
  )
  return items
}

const newestFirst = (a: Ranked, b: Ranked) => b.order - a.order || (a.token.id < b.token.id ? 1 : -1)
