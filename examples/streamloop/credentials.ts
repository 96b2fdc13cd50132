import { createTokens, type SealingKey, type TokenStore } from 'tokenloop'
import type { Fetch } from 'tokenloop/fetch'
import { managedKeys } from 'tokenloop/jwt'
import { createAuthorizationServer, type Lifetimes } from 'tokenloop/oauth'
import { apiTokens, createGuard, jwts } from 'tokenloop/resource'
import { catalogue } from './catalogue.js'
import type { Places } from './config.js'
import { paths } from './oauth/paths.js'
import { lifetimes as tokenLifetimes } from './settings/token-form.js'

export interface CredentialsOptions {
  readonly store: TokenStore
  readonly places: Places
  readonly sealWith: readonly SealingKey[]
  readonly lifetimes?: Partial<Lifetimes>
  /** Fetches the metadata documents of apps whose id is the address of one; by default what reaches the public internet alone. */
  readonly fetchDocument?: Fetch
  /** The time of this process, in milliseconds since 1970; by default the system's. */
  readonly now?: () => number
}

/** The library's part of the product: everything about credentials. */
export async function credentials({
  store,
  places,
  sealWith,
  lifetimes = {},
  fetchDocument,
  now = Date.now,
}: CredentialsOptions) {
  const tokens = createTokens({ store, catalogue, prefix: 'sl', lifetimes: tokenLifetimes })
  const keys = managedKeys({ store, sealWith })
  await keys.ready()
  const whole = places.api
  const forAgents = `${places.api}/mcp`
  const auth = createAuthorizationServer({
    issuer: places.auth,
    store,
    catalogue,
    keys,
    paths,
    prefix: 'sl',
    lifetimes,
    resources: [{ id: whole }, { id: forAgents }],
    registration: { open: true },
    metadataDocuments: fetchDocument ? { fetch: fetchDocument } : true,
  })

  // The issuer and these guards tell the time alike, so that what is said to expire does.
  const apps = jwts({ issuer: places.auth, keys, store, clockSkew: '1s', clock: { now } })
  const keysAndApps = [apiTokens(tokens, { from: ['x-api-key', 'bearer'] }), apps]
  return {
    tokens,
    auth,
    /** Makes the list of connected apps know of every use until now. */
    flush: apps.flush,
    /** Writes what is still in memory. */
    close: async () => void (await Promise.all([tokens.close(), auth.close(), apps.close()])),
    /** REST and GraphQL. */
    api: createGuard({ resource: whole, catalogue, accept: keysAndApps }),
    /** MCP takes apps alone: those that asked for it, and those that asked for the API as a whole. */
    agents: [forAgents, whole].map((resource) => createGuard({ resource, catalogue, accept: [apps] })),
  }
}
