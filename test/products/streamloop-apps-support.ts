import { createPkce } from 'tokenloop'
import { expect } from 'vitest'
import { encoded, type Fields } from './streamloop-support.js'
import { bearer, Caller, type Reply } from './support.js'

const AUTH = '/api/auth/oauth2'
export const CALLBACK = 'https://app.example/callback'

/** What the token endpoint answers. */
export interface TokenSet {
  readonly access_token: string
  readonly refresh_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly scope: string
  readonly error?: string
}

/** An app somewhere else, that registered itself. */
export class App {
  readonly id: string
  readonly #caller: Caller

  constructor(origin: string, id: string) {
    this.#caller = new Caller(origin)
    this.id = id
  }

  static async registered(origin: string, metadata: object = { client_name: 'Acme Agent' }): Promise<App> {
    const grant_types = ['authorization_code', 'refresh_token']
    const wish = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', grant_types, ...metadata }
    const { status, text } = await new Caller(origin).post(`${AUTH}/register`, wish)
    expect(status).toBe(201)
    return new App(origin, JSON.parse(text).client_id)
  }

  /** An authorization request with PKCE. */
  asking(fields: Fields = {}) {
    const { verifier, challenge } = createPkce()
    const query = encoded({
      response_type: 'code',
      client_id: this.id,
      redirect_uri: CALLBACK,
      scope: 'streamloop:read',
      state: 'xyz',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...fields,
    })
    return { path: `${AUTH}/authorize?${query}`, verifier }
  }

  /** Asks the token endpoint. */
  async token(fields: Fields): Promise<{ status: number; set: TokenSet }> {
    const { status, text } = await this.#caller.send(
      'POST',
      `${AUTH}/token`,
      encoded({ client_id: this.id, ...fields }),
    )
    return { status, set: JSON.parse(text) }
  }

  redeem(code: string, verifier: string, fields: Fields = {}) {
    const grant = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: CALLBACK }
    return this.token({ ...grant, ...fields })
  }

  refresh(refreshToken: string) {
    return this.token({ grant_type: 'refresh_token', refresh_token: refreshToken })
  }

  /** All of it: asks, is allowed by that browser, and redeems. */
  async connected(browser: Caller, fields: Fields = {}): Promise<TokenSet> {
    const { path, verifier } = this.asking(fields)
    const { status, set } = await this.redeem(codeIn(await consented(browser, path)), verifier)
    expect(status).toBe(200)
    return set
  }
}

/** The question that a page asks: what its form carries. */
export const questionIn = ({ text }: Reply) => ({
  csrf: /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? '',
  handle: /name="handle" value="([^"]+)"/.exec(text)?.[1] ?? '',
  scope: [...text.matchAll(/name="scope" value="([^"]+)"/g)].map(([, scope]) => scope ?? ''),
})

/** What a browser does with the question: allows all of it, or what is said; where it is led. */
export async function consented(browser: Caller, path: string, answer: Fields = {}): Promise<URL> {
  const asked = await browser.get(path)
  if (asked.status !== 200) return leadsTo(asked)
  const fields = { ...questionIn(asked), answer: 'allow', ...answer }
  return leadsTo(await browser.send('POST', '/api/auth/consent', encoded(fields)))
}

export function leadsTo({ status, headers }: Reply): URL {
  expect(status).toBe(303)
  return new URL(headers.get('location') ?? '', 'http://nowhere.example')
}

export const codeIn = ({ searchParams }: URL): string => searchParams.get('code') ?? ''

/** What `GET /v1/me` answers to an access token. */
export const opens = async (origin: string, accessToken: string): Promise<number> =>
  (await bearer(origin, accessToken).get('/v1/me')).status

/** The cards of connected apps, as markup. */
export const cards = ({ text }: Reply): string[] => text.split('<li class="card app">').slice(1)
