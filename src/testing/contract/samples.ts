import type { EventRecord, Kind, RecordBase, Records } from '../../store/records.js'
import type { Effect } from '../../store/store.js'

/*
 * Records as the library writes them, with a value in every place where there can be one: what a store loses of them shows.
 */

const HASH = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123_-4'
const digest = { hash: HASH, pepper: 'pepper-1' } as const
const by = { kind: 'token', id: 'cl_4fJ8kQ2x9aB', owner: { kind: 'user', id: 'u_1' } } as const
const sealed = { key: 'key-1', nonce: 'bm9uY2Vub25jZW5v', box: 'Ym94' } as const
/** After the year 2038, where a number of 32 bits is not enough. */
const MOMENT = 4_102_444_800_123
const metadata = {
  text: 'Zoë \u{1f600} \'"`\\;-- %_',
  '': ['', []],
  constructor: { numbers: [0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER], nothing: null },
  yes: true,
} as const

const base: RecordBase = { createdAt: MOMENT, order: MOMENT * 1000 + 999, unique: null, keepUntil: null }

export const EFFECT: Effect = { effect: 'ended', status: 'revoked', epochs: { generation: 1 } }

export const SAMPLES: { readonly [K in Kind]: Records[K] } = {
  token: {
    ...base,
    owner: { kind: 'user', id: 'u_1' },
    tenant: null,
    name: 'ci',
    scopes: ['issues:read', 'issues:write'],
    roles: ['Read Only'],
    digest,
    generation: 2,
    predecessor: { ...digest, generation: 1, endsAt: MOMENT },
    rotatedAt: MOMENT,
    expiresAt: null,
    notBefore: MOMENT,
    revoked: null,
    paused: { at: MOMENT, by },
    networks: ['192.0.2.0/24', '2001:db8::/32'],
    limits: [
      { name: 'requests', limit: 100, every: 60_000, refill: 10 },
      { name: 'total', limit: 5, every: null, refill: 5 },
    ],
    sealed,
    metadata,
    createdBy: by,
    epochs: { owner: 3, tenant: 0 },
  },
  account: {
    ...base,
    type: 'user',
    status: 'active',
    tokens: 1,
    grants: 2,
    tenant: null,
    name: 'deploy-bot',
    scopes: ['issues:read'],
    metadata,
    createdBy: by,
  },
  client: {
    ...base,
    origin: 'dynamic',
    status: 'active',
    epoch: 4,
    metadata,
    secrets: [{ ...digest, createdAt: MOMENT, expiresAt: null }],
    registration: digest,
    tenant: null,
    roles: ['Read Only'],
    description: 'Read-only API access',
    createdBy: { kind: 'system', id: 'system' },
  },
  grant: {
    ...base,
    subject: 'u_1',
    client: 'c_1',
    snapshot: metadata,
    scopes: ['issues:read'],
    resources: ['https://api.example'],
    tenant: null,
    label: 'laptop',
    status: 'active',
    epoch: 0,
    epochs: { subject: 2, tenant: 0, client: 4 },
  },
  authorization: {
    ...base,
    grant: 'g_1',
    status: 'active',
    scopes: ['issues:read'],
    resources: ['https://api.example'],
    idleExpiresAt: MOMENT,
    expiresAt: MOMENT,
    boundTo: HASH,
    signIn: { at: MOMENT, acr: null },
    code: {
      ...digest,
      challenge: HASH,
      redirectUri: 'https://c.example/cb',
      nonce: 'n-0S6_WzA2Mj',
      expiresAt: 1,
      attempts: 1,
      usedAt: MOMENT,
    },
    refresh: {
      generation: 2,
      family: digest,
      current: digest,
      previous: digest,
      salt: { text: 'c2FsdA', keepUntil: 1 },
      rotatedAt: MOMENT,
      asked: { resource: 'https://rs.test/mcp', scopes: ['read'], boundTo: null },
    },
    epochs: { subject: 2, tenant: 0, client: 4, grant: 0 },
  },
  access: {
    ...base,
    authorization: 'a_1',
    digest,
    scopes: [],
    resource: 'https://api.example',
    boundTo: null,
    expiresAt: MOMENT,
    epochs: { subject: 2, tenant: 0, client: 4, grant: 0 },
  },
  key: {
    ...base,
    stage: 'announced',
    algorithm: 'ES256',
    publicJwk: { kty: 'EC', crv: 'P-256', x: HASH, y: HASH },
    sealed,
    activeAt: MOMENT,
    retiresAt: null,
  },
}

export const SAMPLE_EVENT: Omit<EventRecord, 'id'> = {
  ...base,
  type: 'token.issued',
  at: MOMENT,
  about: 'cl_4fJ8kQ2x9aB',
  by,
  owner: { kind: 'user', id: 'u_1' },
  tenant: 'ws_1',
  detail: { name: 'ci', scopes: ['issues:read'], expiresAt: null },
}
