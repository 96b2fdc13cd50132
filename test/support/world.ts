import {
  type Accounts,
  createAccounts,
  createTokens,
  defineCatalogue,
  type Event,
  TokenloopError,
  type TokenStore,
  type Tokens,
  type TokensOptions,
  user,
} from 'tokenloop'
import { createClock } from 'tokenloop/testing'
import { toSixDigits } from '../../src/core/base62.js'
import { crc32 } from '../../src/core/crc32.js'
import { around, type Method } from '../../src/store/around.js'
import type { stores } from './stores.js'

export const START = Date.UTC(2026, 0, 1)

export const catalogue = defineCatalogue(
  {
    'issues:read': { description: 'Read issues', group: 'Data' },
    'issues:write': { description: 'Write issues', group: 'Data', implies: ['issues:read'] },
    'workspace:admin': { description: 'Manage the workspace', group: 'Admin' },
  },
  { roles: { Reader: ['issues:read'], Admin: 'all' } },
)
export type Scope = (typeof catalogue.names)[number]
export type Role = (typeof catalogue.roleNames)[number]

/** Users who may give everything. */
export const alice = user('alice', { scopes: catalogue.names })
export const bob = user('bob', { scopes: catalogue.names })

/** A token like most of those that the tests issue. */
export const draft = { by: alice, owner: user('alice'), name: 'ci', scopes: ['issues:read'] } as const

export interface WorldOptions extends Partial<TokensOptions<Scope, Role>> {
  /** Comes between the store and those who use it. */
  readonly wrap?: (store: TokenStore) => TokenStore
}

/** One product: a store with its clock, tokens and accounts over it, and all that was told. */
export async function world(
  make: (typeof stores)[number]['make'],
  { wrap = (store) => store, ...options }: WorldOptions = {},
) {
  const clock = createClock(START)
  const bare = await make({ clock })
  const store = wrap(bare)
  const events: Event[] = []
  const onEvent = (event: Event) => events.push(event)
  const tokens: Tokens<Scope, Role> = createTokens({ store, catalogue, prefix: 'sl', onEvent, ...options })
  const accounts: Accounts<Scope> = createAccounts({
    store,
    catalogue,
    onEvent,
    ...(options.retention && { retention: options.retention }),
  })
  const told = (type: Event['type']) => events.filter((event) => event.type === type)
  return { clock, bare, store, events, told, tokens, accounts }
}

/** The code of the typed error that a promise rejects with; `nothing` where it does not. Any other error passes through. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof TokenloopError) return error.code
    throw error
  }
  return 'nothing'
}

/** Whether a token is accepted, or why not. */
export const answerOf = async ({ tokens }: { tokens: Tokens<Scope, Role> }, text: unknown): Promise<string> => {
  const seen = await tokens.verify(text)
  return seen.ok ? 'ok' : seen.reason
}

/** A token's text with something changed in it, and the checksum made right again. */
export function resealed(text: string, change: (body: string) => string): string {
  const body = change(text.slice(0, -6))
  return body + toSixDigits(crc32(body))
}

/** A text with another character in one place. */
export const replaceAt = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1)

/** A store in which something happens just before the first call of a member. */
export function interposed(store: TokenStore, method: Method, happens: () => Promise<unknown>): TokenStore {
  let happened = false
  return around(store, async (call, run) => {
    if (call.method === method && !happened) {
      happened = true
      await happens()
    }
    return run()
  })
}
