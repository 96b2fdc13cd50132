import { type Names, optionsOf } from '../../core/options.js'
import { checkId } from '../../core/text.js'
import { fillPage, PAGE, type PageInput, type PageOf, pageOf, pageRequest } from '../../store/pages.js'
import type { Filters } from '../../store/store.js'
import type { Context } from '../context.js'
import { appOf, appStatus, type ConnectedApp } from './view.js'

/** Whose connected apps; what is absent does not matter. */
export interface ListAppsInput extends PageInput {
  readonly subject?: string
  readonly client?: string
  readonly tenant?: string
  /** Those that were revoked as well; they are left out otherwise. */
  readonly revoked?: boolean
}

const NAMES: Names<ListAppsInput> = { ...PAGE, subject: true, client: true, tenant: true, revoked: true }
const INPUT = optionsOf<ListAppsInput>('grants.list', NAMES)

/** Connected apps as they stand now, newest first. */
export async function listApps(context: Context, input: ListAppsInput): Promise<PageOf<ConnectedApp>> {
  INPUT.check(input)
  const filter = filterOf(input)
  const { items, next } = await fillPage<'grant', ConnectedApp>(
    pageRequest(input),
    (page) => context.store.list('grant', filter, page),
    ({ use, ...row }, now) => {
      const found = { ...row, now }
      return input.revoked !== true && appStatus(found) === 'revoked' ? undefined : appOf(context, found, use)
    },
  )
  return pageOf(items, next)
}

/** A member that is there must name something: `undefined` would widen it to everything. */
const filterOf = (input: ListAppsInput): Filters['grant'] => ({
  ...('subject' in input && { subject: checkId(input.subject, 'a subject') }),
  ...('client' in input && { client: checkId(input.client, 'a client id') }),
  ...('tenant' in input && { tenant: checkId(input.tenant, 'a tenant id') }),
})
