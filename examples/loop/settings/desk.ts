import { TokenloopError, type Tokens, type User, user } from 'tokenloop'
import { type Html, htmlResponse } from '../../shared/html.js'
import { notice, page } from '../../shared/layout.js'
import type { Call, Route } from '../../shared/routes.js'
import { formOf, type Session, type Sessions } from '../../shared/sessions.js'
import { toSignIn } from '../../shared/sign-in.js'
import { catalogue, type Scope } from '../catalogue.js'
import { administers, isTenant, type Tenant } from '../tenants.js'

export interface SettingsOptions {
  readonly product: string
  readonly sessions: Sessions
  readonly tokens: Tokens<Scope>
}

/** Where an administrator works on the tokens of one store. */
export interface Desk {
  readonly call: Call
  readonly session: Session
  readonly tenant: Tenant
  readonly tokens: Tokens<Scope>
  /** Who asks, with all that an administrator may hand on. */
  readonly by: User
  /** Tokens of other stores are out of reach, whoever made them. */
  readonly within: { readonly tenant: Tenant }
  /** The address of a settings page of this store. */
  link(path?: string, query?: Readonly<Record<string, string>>): string
  show(title: string, body: Html, status?: number): Response
}

type Work<Rest extends readonly unknown[]> = (desk: Desk, ...rest: Rest) => Promise<Response>

/** Who may see and do what: only an administrator of the store, and with a form only what this very session was shown. */
export function admission({ product, sessions, tokens }: SettingsOptions) {
  const administrator =
    (work: Work<string[]>): Route =>
    async (call, ...ids) => {
      const session = sessions.of(call)
      if (session === undefined) return toSignIn(call)
      const say = (status: number, title: string, text: string) => notice({ product, session, status, title, text })
      const tenant = call.url.searchParams.get('store') ?? 'acme'
      if (!isTenant(tenant)) return say(404, 'Not found', 'There is no such store.')
      if (!administers(session.user, tenant)) {
        return say(403, 'Administrators only', `Only administrators of ${tenant} see and make its API tokens.`)
      }
      const desk: Desk = {
        call,
        session,
        tenant,
        tokens,
        by: user(session.user, { scopes: catalogue.names, tenant }),
        within: { tenant },
        link: (path = '', query = {}) =>
          `/settings/api-tokens${path}?${new URLSearchParams({ store: tenant, ...query })}`,
        show: (title, body, status) => htmlResponse(page({ product, title, session, body }), status),
      }
      try {
        return await work(desk, ...ids)
      } catch (error) {
        if (!(error instanceof TokenloopError)) throw error
        const [status, text] = PROBLEMS[error.code] ?? [500, 'Something went wrong.']
        return say(status, 'That did not work', text)
      }
    }

  const withForm = (work: (desk: Desk, form: FormData, ...ids: string[]) => Promise<Response>): Route =>
    administrator(async (desk, ...ids) => {
      const form = await formOf(desk.call.request, desk.session)
      if (form === undefined) {
        return notice({ product, session: desk.session, status: 403, title: 'That did not work', text: STALE })
      }
      return work(desk, form, ...ids)
    })

  return { administrator, withForm }
}

const STALE = 'The form is not one of this session. Go back, load the page again, and send it once more.'

/** What can go wrong with a token that is shown, edited or removed. */
const PROBLEMS: { readonly [code: string]: readonly [status: number, text: string] } = {
  not_found: [404, 'There is no such token in this store.'],
  invalid_cursor: [404, 'There is no such page.'],
  invalid_input: [404, 'There is no such page.'],
  ended: [409, 'The token has been removed.'],
  conflict: [409, 'Somebody else changed the token meanwhile. Try again.'],
  not_sealed: [409, 'The token cannot be shown again: the key it was sealed with is not at hand.'],
  unavailable: [503, 'Try again later.'],
}
