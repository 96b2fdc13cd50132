import {
  createAccounts,
  createTokens,
  defineCatalogue,
  type Event,
  type IssueInput,
  memoryStore,
  system,
  type TokenStore,
  type TokensOptions,
  user,
} from 'tokenloop'
import { type Access, apiTokens, createGuard, type GuardOptions } from 'tokenloop/resource'

export const catalogue = defineCatalogue(
  {
    'issues:read': { description: 'Read issues' },
    'issues:write': { description: 'Change issues', implies: ['issues:read'] },
    'reports:read': { description: 'Read reports' },
  },
  { roles: { Reader: ['issues:read'] } },
)
export type Scope = (typeof catalogue.names)[number]

/** A clock that a test sets. */
export function clockAt(start: number) {
  let now = start
  return {
    now: () => now,
    advance: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

export interface Options {
  readonly tokens?: Partial<TokensOptions<Scope, 'Reader'>>
  readonly guard?: Partial<GuardOptions<Scope, 'Reader', 'token'>>
  readonly from?: readonly string[]
  readonly around?: (store: TokenStore) => TokenStore
}

/** An API with a guard, its tokens, and what its host was told. */
export function api({
  tokens: tokensOptions,
  guard: guardOptions,
  from = ['x-api-key', 'bearer'],
  around,
}: Options = {}) {
  const clock = clockAt(Date.UTC(2030, 0, 1))
  const store = memoryStore({ clock })
  const events: Event[] = []
  const options = {
    catalogue,
    prefix: 'cl',
    onEvent: (event: Event) => events.push(event),
    ...tokensOptions,
  }
  const tokens = createTokens({ store: around?.(store) ?? store, ...options })
  const accounts = createAccounts({ store, catalogue })
  const guard = createGuard({
    resource: 'https://api.acme.dev',
    catalogue,
    accept: [apiTokens(tokens, { from })],
    ...guardOptions,
  })
  // Issued beside whatever is around the guard's store.
  const issuer = createTokens({ store, ...options })
  const issue = async (input: Partial<IssueInput<Scope, 'Reader'>> = {}) => {
    const { secret, token } = await issuer.issue({
      by: system,
      owner: user('u_1'),
      name: 'ci',
      scopes: ['issues:read'],
      ...input,
    })
    return { text: secret.reveal(), id: token.id, token }
  }
  return { clock, store, events, tokens, accounts, guard, issue }
}

/** A request with these headers; several of one name are as many lines. */
export const get = (...headers: readonly (readonly [string, string])[]): Request => {
  const lines = new Headers()
  for (const [name, value] of headers) lines.append(name, value)
  return new Request('https://api.acme.dev/v1/issues', { headers: lines })
}
export const bearer = (text: string): Request => get(['authorization', `Bearer ${text}`])
export const form = (
  body: string | ReadableStream<Uint8Array>,
  ...headers: readonly (readonly [string, string])[]
): Request =>
  new Request('https://api.acme.dev/v1/issues', {
    method: 'POST',
    headers: [['content-type', 'application/x-www-form-urlencoded'], ...headers.map(([...line]) => line)],
    body,
    duplex: 'half',
  })

/** All that a caller is told. */
export async function told(response: Response) {
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
}

/** What a guard answers to a request that it refuses. */
export async function refusal(check: Promise<Access>) {
  const access = await check
  if (access.ok) throw new Error('the request passed')
  return { reason: access.reason, ...(await told(access.response)) }
}
