import type { Kind } from '../records.js'

/**
 * - `key`: a text that is looked for, of at most `MOST_KEY_BYTES` in UTF-8; compared byte for byte
 * - `text`: any other text
 * - `json`: JSON, kept as it was written
 * - `integer`: 64 bits; times are milliseconds since 1970
 */
export type ColumnType = 'key' | 'text' | 'json' | 'integer'

/** What a column of this type holds at the most, on every engine. Accounts have the longest ids that the library makes: 263 bytes. */
export const MOST_KEY_BYTES = 512

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly nullable?: true
  /** The member of the record that it holds, and for one within another the path to it. */
  readonly member?: readonly [string] | readonly [string, string]
  /** The member is absent where the column is null. */
  readonly optional?: true
}

export interface Index {
  readonly columns: readonly string[]
  /** Has no rows in which the first column is null, where the dialect has such indexes. */
  readonly partial?: true
}

export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  readonly key: readonly string[]
  /** The nullable column that no two rows have the same value in. */
  readonly unique?: string
  readonly indexes: readonly Index[]
}

type Options = Omit<Column, 'name' | 'type' | 'member'>
type Path = Column['member']

const column =
  (type: ColumnType) =>
  (name: string, member?: Path, options: Options = {}): Column => ({
    name,
    type,
    ...(member && { member }),
    ...options,
  })
const key = column('key')
const text = column('text')
const json = column('json')
const integer = column('integer')
const nullable = { nullable: true } as const
const optional = { nullable: true, optional: true } as const

const base: readonly Column[] = [
  integer('created_at', ['createdAt']),
  integer('ordinal', ['order']),
  key('unique_key', ['unique'], nullable),
  integer('keep_until', ['keepUntil'], nullable),
]

const owner = [key('owner_kind', ['owner', 'kind']), key('owner_id', ['owner', 'id'])]
const tenant = key('tenant', ['tenant'], nullable)
const scopes = json('scopes', ['scopes'])

const due: Index = { columns: ['keep_until'], partial: true }
/** Newest first, within what some columns say. */
const list = (...columns: readonly string[]): Index => ({ columns: [...columns, 'ordinal', 'id'] })

/**
 * A table of records: an id, the version that is compared and set, the id of the write that made it, columns for what a person
 * would ask for, and all else that the record has in `data`. A row of version 0 without data is a place that is known to be
 * empty: it can be locked, which a row that is not there cannot.
 */
const records = (
  name: string,
  columns: readonly Column[],
  lists: readonly Index[],
  others: readonly Index[] = [],
): Table => ({
  name,
  columns: [key('id'), integer('version'), key('write_id'), ...base, ...columns, json('data', undefined, nullable)],
  key: ['id'],
  unique: 'unique_key',
  indexes: [...lists, ...others, due],
})

export const RECORDS: { readonly [K in Kind]: Table } = {
  token: records(
    'tokens',
    [
      ...owner,
      tenant,
      text('name', ['name']),
      scopes,
      json('roles', ['roles']),
      integer('expires_at', ['expiresAt'], nullable),
      integer('not_before', ['notBefore'], nullable),
      integer('revoked_at', ['revoked', 'at'], nullable),
      integer('paused_at', ['paused', 'at'], nullable),
    ],
    [list(), list('owner_id', 'owner_kind'), list('tenant')],
    [{ columns: ['expires_at'], partial: true }],
  ),
  account: records(
    'accounts',
    [
      key('type', ['type']),
      key('status', ['status']),
      integer('tokens', ['tokens']),
      integer('grants', ['grants']),
      tenant,
      text('name', ['name'], nullable),
      scopes,
    ],
    [list(), list('type'), list('tenant')],
  ),
  client: records(
    'clients',
    [
      key('origin', ['origin']),
      key('status', ['status']),
      integer('epoch', ['epoch']),
      tenant,
      json('roles', ['roles']),
      text('description', ['description'], nullable),
    ],
    [list(), list('tenant')],
  ),
  grant: records(
    'grants',
    [
      key('subject', ['subject'], nullable),
      key('client', ['client']),
      tenant,
      text('label', ['label'], nullable),
      key('status', ['status']),
      integer('epoch', ['epoch']),
      scopes,
      json('resources', ['resources']),
    ],
    [list(), list('subject'), list('client'), list('tenant')],
  ),
  authorization: records(
    'authorizations',
    [
      key('grant_id', ['grant']),
      key('status', ['status']),
      scopes,
      json('resources', ['resources']),
      integer('idle_expires_at', ['idleExpiresAt']),
      integer('expires_at', ['expiresAt']),
    ],
    [],
  ),
  access: records(
    'access_tokens',
    [
      key('authorization_id', ['authorization']),
      scopes,
      text('resource', ['resource']),
      integer('expires_at', ['expiresAt']),
    ],
    [],
  ),
  key: records(
    'signing_keys',
    [
      key('stage', ['stage']),
      key('algorithm', ['algorithm']),
      integer('active_at', ['activeAt'], nullable),
      integer('retires_at', ['retiresAt'], nullable),
    ],
    [list()],
  ),
}

/** The audit trail. */
export const EVENTS: Table = {
  name: 'events',
  columns: [
    key('id', ['id']),
    integer('created_at', ['createdAt']),
    integer('ordinal', ['order']),
    integer('keep_until', ['keepUntil'], nullable),
    key('type', ['type']),
    integer('at', ['at']),
    key('about', ['about']),
    key('by_kind', ['by', 'kind']),
    key('by_id', ['by', 'id']),
    key('owner_kind', ['owner', 'kind'], nullable),
    key('owner_id', ['owner', 'id'], nullable),
    key('tenant', ['tenant'], optional),
    json('data'),
  ],
  key: ['id'],
  indexes: [list(), list('about'), list('by_id', 'by_kind'), list('owner_id', 'owner_kind'), list('tenant'), due],
}

/** When, from where and how often a record was used: apart from it, so that use is in the way of no write. */
export const USES: Table = {
  name: 'uses',
  columns: [key('kind'), key('id'), integer('at'), integer('count'), key('ip', undefined, nullable)],
  key: ['kind', 'id'],
  indexes: [],
}

/** What a holder has spent of its limits: `[{ name, spent, since }]`, in one row, so that one lock covers all of them. */
export const COUNTERS: Table = {
  name: 'counters',
  columns: [key('kind'), key('id'), json('counters')],
  key: ['kind', 'id'],
  indexes: [],
}

/** Single-use entries. */
export const ONCES: Table = {
  name: 'once',
  columns: [
    key('kind'),
    key('name'),
    key('write_id'),
    key('claim', undefined, nullable),
    integer('expires_at'),
    json('value'),
  ],
  key: ['kind', 'name'],
  indexes: [{ columns: ['expires_at'] }],
}

/** The revocation feed, without gaps in its numbers. */
export const CHANGES: Table = {
  name: 'changes',
  columns: [integer('number'), integer('at'), key('kind'), key('id'), key('effect'), key('status'), json('epochs')],
  key: ['number'],
  indexes: [],
}

/** The numbers of the last entry of the feed, and of the last one that was swept from it. */
export const FEED: Table = {
  name: 'feed',
  columns: [key('name'), integer('number')],
  key: ['name'],
  indexes: [],
}

/** The rows of `FEED`, which are there from the beginning. */
export const FEED_ENDS = ['last', 'floor'] as const

/** Every table, in the order in which they are made. */
export const TABLES: readonly Table[] = [...Object.values(RECORDS), EVENTS, USES, COUNTERS, ONCES, CHANGES, FEED]
