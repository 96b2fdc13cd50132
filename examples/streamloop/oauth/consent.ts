import type { AuthorizationServer } from 'tokenloop/oauth'
import { redirect } from '../../shared/html.js'
import { say } from '../pages/layout.js'
import { type Page, toSignIn, type Visit } from '../pages/visit.js'
import type { Sessions } from '../people/sessions.js'
import { consentPage } from './consent-page.js'

export interface ConsentPages {
  /** The authorization endpoint: a page of the host's, with the library's answer to who may see what. */
  readonly ask: Page
  readonly decide: (visit: Visit, form: FormData) => Promise<Response>
}

/** Asks a user whether an app may act for them, and hands on what they say. */
export function consent(auth: AuthorizationServer, sessions: Sessions): ConsentPages {
  return {
    async ask(request) {
      const session = await sessions.of(request)
      const login = session && { session: session.id, subject: session.user, authTime: session.at }
      const asked = await auth.begin(request, login ?? {})
      switch (asked.kind) {
        case 'login':
          return toSignIn(asked.resume)
        case 'consent':
          return session ? consentPage({ session, ...asked, request }) : redirect('/login')
        case 'redirect':
          return asked.response
        case 'refused':
          return refused(asked.reason)
      }
    },

    async decide({ session }, form) {
      const decided = await auth.decide(form.get('handle'), {
        session: session.id,
        subject: session.user,
        approve: form.get('answer') === 'allow',
        scopes: form.getAll('scope'),
      })
      return decided.ok || decided.response.status < 400 ? decided.response : refused(decided.reason)
    },
  }
}

/** What cannot be answered to the app is told to the person in front of it. */
const refused = (reason: string): Response =>
  reason === 'unavailable'
    ? say({ status: 503, title: 'Not now', text: 'The database does not answer. Try again in a moment.' })
    : say({
        status: 400,
        title: 'This cannot go on',
        text: `The app that sent you here asked in a way that is not safe to answer (${reason}). Go back to it and start again.`,
      })
