import type { Ask, AuthorizationServer, DeviceAsk, Login } from 'tokenloop/oauth'
import { OUTAGE, say } from '../pages/layout.js'
import { type Page, toSignIn, type Visit } from '../pages/visit.js'
import type { Sessions } from '../people/sessions.js'
import { codePage, consentPage } from './consent-page.js'

export interface ConsentPages {
  /** The authorization endpoint: a page of the host's, with the library's answer to who may see what. */
  readonly ask: Page
  /** The same for the code that a device shows (RFC 8628). */
  readonly askForDevice: Page
  readonly decide: (visit: Visit, form: FormData) => Promise<Response>
}

/** Asks a user whether an app may act for them, and hands on what they say. */
export function consent(auth: AuthorizationServer, sessions: Sessions): ConsentPages {
  const page = async (request: Request, begin: (login: Login) => Promise<Ask | DeviceAsk>): Promise<Response> => {
    const session = await sessions.of(request)
    const asked = await begin(session ? { session: session.id, subject: session.user, authTime: session.at } : {})
    if (asked.kind === 'redirect') return asked.response
    if (asked.kind === 'refused') return refused(asked.reason)
    if (asked.kind === 'login' || session === undefined) return toSignIn(asked.kind === 'login' ? asked.resume : '/')
    return consentPage({ session, view: asked.view, handle: asked.handle, request })
  }

  return {
    ask: (request) => page(request, (login) => auth.begin(request, login)),

    async askForDevice(request) {
      const code = new URL(request.url).searchParams.get('user_code')
      return code === null ? codePage() : page(request, (login) => auth.device.begin(code, login))
    },

    async decide({ session }, form) {
      const decided = await auth.decide(form.get('handle'), {
        session: session.id,
        subject: session.user,
        approve: form.get('answer') === 'allow',
        scopes: form.getAll('scope'),
      })
      if (decided.response.status < 400 && decided.response.headers.has('location')) return decided.response
      if (decided.ok) return say({ session, status: 200, title: 'Connected', text: 'You can go back to your device.' })
      return decided.reason === 'denied' ? say({ session, ...DENIED }) : refused(decided.reason)
    },
  }
}

const DENIED = { status: 200, title: 'Denied', text: 'The device has been told, and can do nothing with your account.' }

/** What cannot be answered to the app is told to the person in front of it. */
const refused = (reason: string): Response => {
  const [status, title, text] = REFUSALS[reason] ?? REFUSALS.any
  return say({ status, title, text })
}

const REFUSALS: { readonly any: Words; readonly [reason: string]: Words } = {
  any: [
    400,
    'This cannot go on',
    'The app that sent you here asked in a way that is not safe to answer. Start again from it.',
  ],
  user_code_unknown: [
    400,
    'Unknown code',
    'There is no such code, or it is too old. Look at your device, and type it again.',
  ],
  unavailable: [OUTAGE.status, OUTAGE.title, OUTAGE.text],
}
type Words = readonly [status: number, title: string, text: string]
