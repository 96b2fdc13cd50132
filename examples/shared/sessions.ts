import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Call } from './routes.js'

/** Who is signed in, in one browser. */
export interface Session {
  readonly user: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** Goes into every form, so that no other site can send one. */
  readonly csrf: string
}

const COOKIE = 'session'

/** Seconds for which somebody stays signed in. */
const LIFETIME = 12 * 60 * 60

/** The sessions of a host, in memory. A token is never one of them: it has its own header, its own scopes and its own end. */
export class Sessions {
  readonly #sessions = new Map<string, Session>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Signs a user in; answers the `Set-Cookie` that says so. */
  open(user: string): string {
    this.#forgetExpired()
    const id = randomBytes(32).toString('base64url')
    const csrf = randomBytes(32).toString('base64url')
    this.#sessions.set(id, { user, csrf, expiresAt: this.#now() + LIFETIME * 1000 })
    return `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${LIFETIME}`
  }

  of({ request }: Pick<Call, 'request'>): Session | undefined {
    const session = this.#sessions.get(cookieOf(request, COOKIE) ?? '')
    return session !== undefined && session.expiresAt > this.#now() ? session : undefined
  }

  /** The same, unless another site made the browser call: for requests that carry nothing of a form. */
  fromThisSite({ request }: Pick<Call, 'request'>): Session | undefined {
    return fromAnotherSite(request) ? undefined : this.of({ request })
  }

  /** Signs the browser out; answers the `Set-Cookie` that says so. */
  close({ request }: Pick<Call, 'request'>): string {
    this.#sessions.delete(cookieOf(request, COOKIE) ?? '')
    return `${COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`
  }

  /** Signs a user out everywhere. */
  closeAll(user: string): void {
    for (const [id, session] of this.#sessions) if (session.user === user) this.#sessions.delete(id)
  }

  /** All of them live equally long, so the oldest are the first. */
  #forgetExpired(): void {
    for (const [id, { expiresAt }] of this.#sessions) {
      if (expiresAt > this.#now()) return
      this.#sessions.delete(id)
    }
  }
}

/** What a browser sends in a cookie. */
export function cookieOf({ headers }: Request, name: string): string | undefined {
  const pairs = headers.get('cookie')?.split(/; */) ?? []
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** Whether a browser says that another site sent this request. Programs that are no browsers say nothing. */
function fromAnotherSite({ headers, url }: Request): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site !== 'same-origin' && site !== 'none'
  const origin = headers.get('origin')
  return origin !== null && origin !== new URL(url).origin
}

/** The fields of a form that this very session was shown; `undefined` for any other. */
export async function formOf(request: Request, { csrf }: Pick<Session, 'csrf'>): Promise<FormData | undefined> {
  const form = await plainForm(request)
  const sent = Buffer.from(String(form?.get('csrf')))
  const shown = Buffer.from(csrf)
  return sent.length === shown.length && timingSafeEqual(sent, shown) ? form : undefined
}

/** The fields of a form of this site; `undefined` for one of another, or for what is no form. */
export async function plainForm(request: Request): Promise<FormData | undefined> {
  return fromAnotherSite(request) ? undefined : request.formData().catch(() => undefined)
}
