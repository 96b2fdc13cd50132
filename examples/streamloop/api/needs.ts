import type { Principal } from 'tokenloop'
import type { Scope } from '../catalogue.js'

/** What each thing that can be done needs, over REST, GraphQL and MCP alike. */
export const NEEDS = {
  me: 'streamloop:read',
  streams: 'streamloop:read',
  playlists: 'streamloop:read',
  createStream: 'streamloop:write',
  deleteStream: 'streamloop:destructive',
  billing: 'streamloop:billing',
} as const satisfies Readonly<Record<string, Scope>>

export type Action = keyof typeof NEEDS

export const isAction = (name: string): name is Action => Object.hasOwn(NEEDS, name)

/** Who calls: the user, and what stands between them and the API. */
export interface Caller {
  readonly user: string
  readonly scopes: readonly string[]
  /** The API token or the connected app that was used. */
  readonly through: { readonly kind: 'api_token' | 'app'; readonly id: string }
}

/** The caller behind a principal; nobody for an app that acts for itself, which has no account here. */
export function callerOf(principal: Principal): Caller | undefined {
  const { kind, scopes } = principal
  if (kind === 'token')
    return { user: principal.owner.id, scopes, through: { kind: 'api_token', id: principal.tokenId } }
  if (kind === 'grant') return { user: principal.subject, scopes, through: { kind: 'app', id: principal.client } }
  return undefined
}
