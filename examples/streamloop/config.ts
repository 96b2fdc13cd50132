import type { SealingKey } from 'tokenloop'
import { type Fetch, guardedFetch } from 'tokenloop/fetch'
import { keyIn, newKey } from '../shared/sealing-key.js'
import type { Rows } from './data/rows.js'

/** Where the parts of the product are. */
export interface Places {
  /** The pages. */
  readonly app: string
  /** The authorization server: sign-in, consent, tokens. */
  readonly auth: string
  /** What tokens are for: REST, GraphQL and MCP. */
  readonly api: string
}

/** One origin for everything, unless `AUTH_ORIGIN` and `API_ORIGIN` name others, at which this process is reached as well. */
export const placesIn = ({ AUTH_ORIGIN, API_ORIGIN }: NodeJS.ProcessEnv, app: string): Places => ({
  app,
  auth: originIn('AUTH_ORIGIN', AUTH_ORIGIN) ?? app,
  api: originIn('API_ORIGIN', API_ORIGIN) ?? app,
})

function originIn(name: string, text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const origin = URL.canParse(text) ? new URL(text).origin : ''
  if (origin !== text.replace(/\/$/, ''))
    throw new Error(`${name} is a scheme and a host, such as https://auth.streamloop.app`)
  return origin
}

/**
 * What fetches the metadata documents of apps: the guarded fetch, which never reaches this machine. `METADATA_FETCH=loopback` is for
 * trying out: documents of this machine, which nobody else is led to, are fetched as well.
 */
export function documentFetchIn({ METADATA_FETCH }: NodeJS.ProcessEnv): Fetch {
  const guarded = guardedFetch()
  if (METADATA_FETCH !== 'loopback') return guarded
  return (url, init) => (LOOPBACK.test(new URL(url).hostname) ? fetch(url, init) : guarded(url, init))
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/

/**
 * The key under which signing keys rest: `SEAL_KEY`, 32 random bytes in base64url. Without it one is made for all copies and kept beside
 * what it seals, which is for trying out: whoever reads the database reads both.
 */
export async function sealingKey({ SEAL_KEY }: NodeJS.ProcessEnv, rows: Rows): Promise<SealingKey> {
  if (SEAL_KEY !== undefined && SEAL_KEY !== '') return { id: 'seal-key', key: keyIn(SEAL_KEY) }
  await rows.add('secret', { id: 'sealing-key', owner: 'host', value: newKey() }, 0)
  const kept = await rows.get('secret', 'sealing-key')
  return { id: 'kept', key: keyIn(kept?.value ?? '') }
}
