import { createHash, randomBytes } from 'node:crypto'
import { cookieOf } from '../../shared/sessions.js'
import { isUser, type UserName } from '../../shared/users.js'
import type { Rows } from '../data/rows.js'

/** Who is signed in, in one browser. */
export interface Session {
  /** Names it to the library; it is not what the browser sends. */
  readonly id: string
  readonly user: UserName
  /** When they signed in. Milliseconds since 1970. */
  readonly at: number
  /** Goes into every form, so that no other site can send one. */
  readonly csrf: string
}

const COOKIE = 'streamloop'

/** Seconds for which somebody stays signed in. */
const LIFETIME = 12 * 60 * 60

/** The sessions of all copies of the host. Of what a browser sends only a digest is kept. */
export class Sessions {
  readonly #rows: Rows
  readonly #now: () => number

  constructor(rows: Rows, now: () => number) {
    this.#rows = rows
    this.#now = now
  }

  /** Signs a user in; answers the `Set-Cookie` that says so. */
  async open(user: UserName): Promise<string> {
    const sent = randomBytes(32).toString('base64url')
    const at = this.#now()
    await this.#rows.add('session', { id: digestOf('id', sent), owner: user, value: String(at) }, at)
    return `${COOKIE}=${sent}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${LIFETIME}`
  }

  async of(request: Request): Promise<Session | undefined> {
    const sent = cookieOf(request, COOKIE)
    if (sent === undefined) return undefined
    const id = digestOf('id', sent)
    const row = await this.#rows.get('session', id)
    const at = Number(row?.value)
    if (row === undefined || !isUser(row.owner) || !(this.#now() < at + LIFETIME * 1000)) return undefined
    return { id, user: row.owner, at, csrf: digestOf('csrf', sent) }
  }

  /** Signs the browser out; answers the `Set-Cookie` that says so. */
  async close({ id, user }: Session): Promise<string> {
    await this.#rows.remove('session', id, user)
    return `${COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`
  }
}

/** A digest of the cookie, for one purpose: none can be told from another. */
const digestOf = (purpose: string, sent: string) => createHash('sha256').update(`${purpose} ${sent}`).digest('hex')
