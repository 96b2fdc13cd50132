import { type Event, memoryStore, type TokenStore } from 'tokenloop'
import { type ManagedKeysOptions, managedKeys, type SigningKeys } from 'tokenloop/jwt'
import { createClock } from 'tokenloop/testing'
import type { KeyRecord } from '../../src/store/records.js'

export const KEK = { id: '2026', key: new Uint8Array(32).fill(7) }
export const OTHER_KEK = { id: '2026', key: new Uint8Array(32).fill(8) }

/** By default. */
export const LEAD = '15m'

export const ISSUER = 'https://as.test'
export const RESOURCE = 'https://rs.test/mcp'
export const CLAIMS = { iss: ISSUER, sub: 'u_42', aud: RESOURCE, client_id: 'c_1', scope: 'issues:read' } as const

/** Nodes that share a store, and one clock. */
export function keyWorld({ wrap = (store: TokenStore) => store, ...options }: WorldOptions = {}) {
  const clock = createClock()
  const bare = memoryStore({ clock })
  const store = wrap(bare)
  const events: Event[] = []
  const node = (own: Partial<ManagedKeysOptions> = {}) =>
    managedKeys({ store, sealWith: [KEK], clock, onEvent: (event) => events.push(event), ...options, ...own })
  const told = (type: Event['type']) => events.filter((event) => event.type === type)
  return { clock, bare, store, events, told, node }
}

interface WorldOptions extends Partial<ManagedKeysOptions> {
  readonly wrap?: (store: TokenStore) => TokenStore
}

/** The records of keys, the oldest first. */
export async function keyRecords(store: TokenStore) {
  const { items } = await store.list('key', {}, { limit: 100 })
  return items.map(({ id, version, record }) => ({ id, version, ...record })).reverse()
}

/** Changes a record behind the library's back. */
export async function tamper(store: TokenStore, id: string, change: (record: KeyRecord) => KeyRecord): Promise<void> {
  const { version, record } = await store.get('key', id)
  if (record === undefined) throw new Error('no such key')
  await store.write('key', id, version, change(record))
}

export const kidsOf = async (keys: SigningKeys): Promise<string[]> => {
  const { keys: published } = (await (await keys.jwks()).json()) as { keys: { kid: string }[] }
  return published.map(({ kid }) => kid)
}

/** A part of a JWT, decoded. */
export const partOf = (jwt: string, part: 0 | 1): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split('.')[part] as string, 'base64url').toString())

export const kidOf = (jwt: string) => partOf(jwt, 0).kid
