import { PAGE_HEADERS } from '../answer.js'
import type { Context } from '../context.js'
import type { Refusal, Rule } from '../refusal.js'
import { report } from '../report.js'
import { pageStatus } from './outlet.js'
import type { ConsentView } from './view.js'

/** What the login page is told of a request. Everything in it is what the client asks for: it may be heeded or not, but for `again`. */
export interface LoginWish {
  /** The user has to sign in anew, although they are signed in: only a later `authTime` counts. */
  readonly again: boolean
  /** The user wants to choose an account. */
  readonly selectAccount: boolean
  /** Who is expected to sign in (`login_hint`), as the client calls them. */
  readonly hint: string | null
  /** Languages, the best one first (`ui_locales`). */
  readonly locales: readonly string[]
  /** Ways to sign in (`acr_values`), the best one first. */
  readonly acrValues: readonly string[]
}

/** What the host is to do with an authorization request. */
export type Ask =
  /** Sign somebody in, and come back to `resume`, a path with a query on the host's own origin. */
  | { readonly kind: 'login'; readonly resume: string; readonly wish: LoginWish }
  /** Show a page with `view` and these headers, and hand what the user answers to `decide` with `handle`. */
  | {
      readonly kind: 'consent'
      readonly view: ConsentView
      readonly handle: string
      readonly headers: Readonly<Record<string, string>>
    }
  /** Send `response`: it leads back to the client, with a code or an error. */
  | { readonly kind: 'redirect'; readonly response: Response }
  /** Show a page of your own, with this status and these headers: nothing says that it would lead back to the client. */
  | {
      readonly kind: 'refused'
      readonly reason: Rule
      readonly status: 400 | 429 | 503
      readonly headers: Readonly<Record<string, string>>
    }

export const consentAsk = (view: ConsentView, handle: string) =>
  ({ kind: 'consent', view, handle, headers: PAGE_HEADERS }) as const

/** Tells the host why, and what to do. */
export function refusedAsk(context: Context, endpoint: string, refusal: Refusal) {
  const { rule } = refusal
  const ask = { kind: 'refused', reason: rule, status: pageStatus(rule), headers: PAGE_HEADERS } as const
  report(context, endpoint, refusal, ask)
  return ask
}
