import { actorRef, checkHolder, checkRealm, type Holder } from '../core/subject.js'
import { checkId } from '../core/text.js'
import { fillPage, type PageOf, pageOf, pageRequest } from '../store/pages.js'
import { accountId, type EventRecord } from '../store/records.js'
import type { Filters } from '../store/store.js'
import type { Context } from './context.js'
import type { AuditInput } from './types.js'

/** What happened to tokens and accounts, newest first: every change, who asked for it, and when. */
export async function auditTrail({ store }: Context, input: AuditInput): Promise<PageOf<EventRecord>> {
  const filter: Filters['event'] = {
    ...checkRealm(input),
    ...('token' in input && { about: checkId(input.token, 'a token id') }),
    ...('account' in input && { about: accountId(checkHolder(input.account as Holder)) }),
    ...('actor' in input && { by: actorRef(input.actor) }),
  }
  const { items, next } = await fillPage<'event', EventRecord>(
    pageRequest(input),
    (page) => store.list('event', filter, page),
    (event) => event,
  )
  return pageOf(items, next)
}
