import { createAccounts, type TokenStore } from 'tokenloop'
import { issueJwt, type PrincipalClaim, staticKeys } from 'tokenloop/jwt'
import { createGuard, type FollowTerms, followRevocations, type JwtsOptions, jwts } from 'tokenloop/resource'
import { createClock } from 'tokenloop/testing'
import { generateKey } from '../../src/jwt/jwk.js'
import { memoryStore } from '../../src/store/memory.js'
import type { AuthorizationRecord, ClientRecord, GrantRecord } from '../../src/store/records.js'
import type { Effect } from '../../src/store/store.js'
import { catalogue } from './support.js'

export const ISSUER = 'https://auth.acme.dev'
export const RESOURCE = 'https://api.acme.dev'
const KEY = await generateKey()

/** An authorization server and its records, as far as a guard sees them, and guards over them. */
export async function realm({
  wrap = (store: TokenStore) => store,
}: {
  wrap?: (store: TokenStore) => TokenStore
} = {}) {
  const clock = createClock()
  const bare = memoryStore({ clock })
  const store = wrap(bare)
  const keys = await staticKeys({ sign: KEY, clock })
  const accounts = createAccounts({ store: bare, catalogue })
  const by = { kind: 'system', id: 'system' } as const
  const base = () => ({ createdAt: clock.now(), order: clock.now() * 1000, unique: null, keepUntil: null })

  const client: ClientRecord = {
    ...base(),
    origin: 'manual',
    status: 'active',
    epoch: 0,
    metadata: {},
    secrets: [],
    registration: null,
    tenant: null,
    roles: [],
    description: null,
    createdBy: by,
  }
  const grant: GrantRecord = {
    ...base(),
    subject: 'u_1',
    client: 'c_1',
    snapshot: {},
    scopes: ['issues:write', 'reports:read'],
    resources: [RESOURCE],
    tenant: 'ws_1',
    label: null,
    status: 'active',
    epoch: 0,
    epochs: { subject: 0, tenant: 0, client: 0 },
  }
  const authorization: AuthorizationRecord = {
    ...base(),
    grant: 'g_1',
    status: 'active',
    scopes: ['issues:write', 'reports:read'],
    resources: [RESOURCE],
    idleExpiresAt: clock.now() + 1e9,
    expiresAt: clock.now() + 1e9,
    boundTo: null,
    signIn: null,
    code: null,
    refresh: null,
    epochs: { subject: 0, tenant: 0, client: 0, grant: 0 },
  }
  await bare.write('client', 'c_1', 0, client)
  await bare.write('grant', 'g_1', 0, grant)
  await bare.write('authorization', 'a_1', 0, authorization)
  // A client for itself.
  await bare.write('grant', 'g_2', 0, { ...grant, subject: null, scopes: ['issues:read'] })

  /** Changes a record and feeds it, as the authorization server does. */
  const change = async <K extends 'client' | 'grant' | 'authorization'>(
    kind: K,
    id: string,
    changes: Partial<K extends 'client' ? ClientRecord : K extends 'grant' ? GrantRecord : AuthorizationRecord>,
    effect: Effect['effect'] = 'ended',
  ) => {
    const { version, record } = await bare.get(kind, id)
    if (record === undefined) throw new Error('no such record')
    const next = { ...record, ...changes }
    const epochs: Record<string, number> = 'epoch' in next ? { epoch: next.epoch } : {}
    await bare.write(kind, id, version, next, { change: { effect, status: next.status, epochs } })
  }

  const TL: PrincipalClaim = { kind: 'user', tenant: 'ws_1', grant: 'g_1', authorization: 'a_1', epochs: [0, 0, 0, 0] }
  const user = { iss: ISSUER, sub: 'u_1', aud: RESOURCE, client_id: 'c_1', scope: 'issues:read reports:read', tl: TL }
  const issue = (claims: Record<string, unknown> = {}, at = clock.now()) => {
    const { tl, ...rest } = { ...user, ...claims }
    return issueJwt(keys, { ...rest, ...(tl && { tl }) }, { expiresIn: '1h', at })
  }
  const ownToken = (claims: Record<string, unknown> = {}) =>
    issue({
      sub: 'c_1',
      scope: 'issues:read',
      tl: { kind: 'client', tenant: 'ws_1', grant: 'g_2', epochs: [0, 0, 0, 0] },
      ...claims,
    })

  const guardOf = (options: Partial<JwtsOptions> = {}, resource = RESOURCE) =>
    createGuard({ resource, catalogue, accept: [jwts({ issuer: ISSUER, keys, clock, ...options })] })
  const follow = (terms: FollowTerms = {}, from = store) => followRevocations({ store: from, clock, ...terms })
  return { clock, bare, store, keys, accounts, change, TL, issue, ownToken, guardOf, follow }
}
