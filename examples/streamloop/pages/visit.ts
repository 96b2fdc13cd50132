import { TokenloopError } from 'tokenloop'
import { redirect } from '../../shared/html.js'
import { formOf } from '../../shared/sessions.js'
import { isOutage } from '../failures.js'
import type { Session, Sessions } from '../people/sessions.js'
import { say } from './layout.js'

/** Somebody who is signed in and looks at a page. */
export interface Visit {
  readonly request: Request
  readonly url: URL
  readonly session: Session
}

export type Page = (request: Request) => Promise<Response>

/** Who may see a page and send a form: whoever is signed in, and with a form only what this very session was shown. */
export function admission(sessions: Sessions) {
  const signedIn =
    (work: (visit: Visit) => Promise<Response>): Page =>
    async (request) => {
      const url = new URL(request.url)
      const session = await sessions.of(request)
      if (session === undefined) return toSignIn(url.pathname + url.search)
      try {
        return await work({ request, url, session })
      } catch (error) {
        if (!(error instanceof TokenloopError) || isOutage(error)) throw error
        const [status, text] = PROBLEMS[error.code] ?? [500, 'Something went wrong on our side.']
        return say({ session, status, title: 'That did not work', text })
      }
    }

  const withForm = (work: (visit: Visit, form: FormData) => Promise<Response>): Page =>
    signedIn(async (visit) => {
      const { request, session } = visit
      const form = await formOf(request, session)
      if (form === undefined) return say({ session, status: 403, title: 'That did not work', text: STALE })
      return work(visit, form)
    })

  return { signedIn, withForm }
}

/** Sends a visitor to sign in, and back afterwards. */
export const toSignIn = (next: string): Response => redirect(`/login?next=${encodeURIComponent(next)}`)

const STALE = 'The form is not one of this session. Go back, load the page again, and send it once more.'

/** What can go wrong with what somebody asks for, in words. */
const PROBLEMS: { readonly [code: string]: readonly [status: number, text: string] } = {
  not_found: [404, 'There is no such thing in your account.'],
  invalid_input: [404, 'There is no such thing in your account.'],
  invalid_cursor: [404, 'There is no such page.'],
  conflict: [409, 'Something else changed it meanwhile. Try again.'],
}
