import { checkId } from '../../core/text.js'
import { fillPage, type PageOf, pageOf, pageRequest } from '../../store/pages.js'
import { checkWithin } from '../../store/standing.js'
import type { Context } from '../context.js'
import { demandFound } from './change.js'
import { hostView, listedView } from './host-view.js'
import type { Client, ListClientsInput } from './types.js'

/** One client, unless it is deleted or outside of the tenant. Throws `not_found`. */
export async function getClient(
  { store }: Context,
  id: string,
  within: { readonly tenant: string } | undefined,
): Promise<Client> {
  const confined = within === undefined ? undefined : checkWithin(within)
  const read = await store.get('client', checkId(id, 'a client id'))
  const record = demandFound(read, ({ tenant }) => confined === undefined || tenant === confined)
  return hostView(id, record, read.now)
}

/** Clients, newest first, deleted ones excepted. */
export async function listClients(context: Context, input: ListClientsInput): Promise<PageOf<Client>> {
  const filter = 'tenant' in input ? { tenant: checkId(input.tenant, 'a tenant id') } : {}
  const { items, next } = await fillPage<'client', Client>(
    pageRequest(input),
    (page) => context.store.list('client', filter, page),
    ({ id, record }, now) => listedView(context, id, record, now),
  )
  return pageOf(items, next)
}
