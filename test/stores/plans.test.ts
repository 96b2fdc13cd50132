import { describe, expect, it } from 'vitest'
import type { Kind } from '../../src/store/records.js'
import type { Engine, Line } from '../../src/store/sql/engine.js'
import type { Ground } from '../../src/store/sql/ground.js'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { RECORDS } from '../../src/store/sql/tables.js'
import type { Filters, ListKind, TokenStore } from '../../src/store/store.js'
import { EFFECT, SAMPLE_EVENT, SAMPLES } from '../../src/testing/contract/samples.js'
import { freshGround, places } from '../support/places.js'
import { analyze, crowd } from './crowd.js'
import { type Asked, watched } from './watched.js'

const ROWS = 3_000
const KINDS = Object.keys(RECORDS) as Kind[]
const LATER = SAMPLES.token.createdAt

const owner = { kind: 'user', id: 'u_7' } as const
const budget = { name: 'a', limit: 1, every: null, refill: 1, cost: 1 }
const page = { limit: 50 }
const after = { order: 1_500, id: 'x' }

/** The calls whose statements are looked at: every member, and a list by every filter and pair of filters that the library uses. */
const CALLS: Readonly<Record<string, (store: TokenStore) => Promise<unknown>>> = {
  get: async (store) => {
    for (const kind of KINDS) await store.get(kind, `${kind}_9`)
  },
  getWith: async (store) => {
    for (const kind of KINDS) await store.getWith(kind, `${kind}_9`)
  },
  find: async (store) => {
    for (const kind of KINDS) await store.find(kind, 'u_9')
  },
  write: async (store) => {
    const onlyIf = [
      { kind: 'account', id: 'account_9', version: 1 },
      { kind: 'account', id: 'nobody', version: 0 },
    ] as const
    const event = { ...SAMPLE_EVENT, id: 'event' }
    await store.write('token', 'new', 0, SAMPLES.token, { onlyIf, event, change: EFFECT })
    await store.write('token', 'new', 1, SAMPLES.token)
    await store.write('token', 'new', 2, null)
  },
  once: async (store) => {
    await store.insertOnce('kind', 'key', 1, LATER)
    await store.takeOnce('kind', 'key', 'claim')
  },
  touch: (store) =>
    store.touch([9, 10, 11].map((n) => ({ kind: 'token', id: `token_${n}`, at: 5, count: 1, ip: null }))),
  spend: async (store) => {
    for (const _ of [1, 2]) await store.spend('token', 'token_9', [budget])
  },
  changes: (store) => store.changes(0, 100),
  sweep: (store) => store.sweep(100),
}

const LISTS: readonly (readonly [ListKind, Filters[ListKind]])[] = [
  ['token', {}],
  ['token', { owner }],
  ['token', { tenant: 'ws_7' }],
  ['token', { owner, tenant: 'ws_7', unrevoked: true }],
  ['token', { owner, expiresAfter: 0, expiresBy: 100, unrevoked: true }],
  ['token', { tenant: 'ws_7', idleSince: LATER, unrevoked: true }],
  ['account', { type: 'account', undeleted: true }],
  ['account', { type: 'account', tenant: 'ws_7', undeleted: true }],
  ['client', {}],
  ['client', { tenant: 'ws_7' }],
  ['grant', { subject: 'u_7' }],
  ['grant', { client: 'client_7' }],
  ['grant', { tenant: 'ws_7' }],
  ['key', {}],
  ['event', {}],
  ['event', { about: 'token_7' }],
  ['event', { owner }],
  ['event', { tenant: 'ws_7' }],
  ['event', { by: owner }],
]

/** Tables of so many rows of every kind, of fifty owners and tenants. */
async function fill(ground: Ground, store: TokenStore): Promise<void> {
  const text = (start: string, by: number) =>
    ground.engine.dialect === 'mysql' ? `CONCAT('${start}', series.n % ${by})` : `'${start}' || (series.n % ${by})`
  const [tenant, owner_id] = [text('ws_', 50), text('u_', 50)]
  const keep_until = `CASE WHEN series.n % 10 = 0 THEN series.n END`
  const own = {
    token: { tenant, owner_id, expires_at: 'series.n' },
    account: { tenant, type: `CASE WHEN series.n % 50 = 0 THEN 'account' ELSE 'user' END` },
    client: { tenant },
    grant: { tenant, subject: owner_id, client: text('client_', 50) },
    authorization: { grant_id: text('grant_', ROWS) },
    access: { authorization_id: text('authorization_', ROWS) },
    key: {},
    event: { tenant, owner_id, about: text('token_', 50), by_id: owner_id, by_kind: `'user'` },
  }
  for (const kind of KINDS) {
    const event = { ...SAMPLE_EVENT, id: 'template' }
    await store.write(kind, 'template', 0, SAMPLES[kind], kind === 'token' ? { event } : {})
    await crowd(ground, kind, ROWS, { keep_until, ...own[kind] })
  }
  await crowd(ground, 'event', ROWS, { keep_until, ...own.event })
  await analyze(ground)
}

/** What PostgreSQL must not do, so that it shows what it can do: of a few thousand rows it would rather read all. */
const UNABLE = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin'].map((name) => `SET LOCAL ${name} = off`)

const EXPLAIN = { postgres: 'EXPLAIN (FORMAT JSON)', mysql: 'EXPLAIN', sqlite: 'EXPLAIN QUERY PLAN' } as const

/** The tables of the library that a statement would read as a whole, in whatever order. */
async function scans({ dialect, batch }: Engine, { statement: { text }, values }: Asked): Promise<readonly string[]> {
  const { answers } = await batch([
    ...(dialect === 'postgres' ? UNABLE : []).map((text) => ({ statement: { name: '', text }, values: [] })),
    { statement: { name: '', text: `${EXPLAIN[dialect]} ${text}` }, values },
  ])
  return SCANS[dialect](answers.at(-1)?.lines ?? [])
}

/** What a statement makes up itself, and the two rows of the ends of the feed. */
const MADE_UP =
  /^(<|\(|(one|due|asked|kept|each_row|stand|refilled|counter|next|last|floor|page|oldest|SUBQUERY|CONSTANT|json_each)\b)/

const SCANS: { readonly [D in Engine['dialect']]: (lines: readonly Line[]) => readonly string[] } = {
  postgres: ([line]) => wholeScans(JSON.parse(line?.['QUERY PLAN'] as string), false),
  mysql: (lines) =>
    lines
      .filter(({ table, type }) => type === 'ALL' && table !== null && !MADE_UP.test(String(table)))
      .map(({ table }) => String(table)),
  sqlite: (lines) =>
    lines
      .map(({ detail }) => String(detail))
      .filter((detail) => detail.startsWith('SCAN ') && !MADE_UP.test(detail.slice(5)) && !detail.includes(' USING ')),
}

/** The scans of a plan that nothing bounds: neither a condition on the index, nor a limit on what is read in its order. */
function wholeScans(plan: unknown, isLimited: boolean): readonly string[] {
  if (typeof plan !== 'object' || plan === null) return []
  const node = plan as { readonly [key: string]: unknown }
  const [type, table] = [String(node['Node Type']), String(node['Relation Name'])]
  const isWhole =
    type === 'Seq Scan' || (/^Index (Only )?Scan$/.test(type) && node['Index Cond'] === undefined && !isLimited)
  const isOrdered = type === 'Limit' || (isLimited && type !== 'Sort')
  const own = isWhole && table !== 'feed' ? [`${type} of ${table}`] : []
  return [...own, ...Object.values(node).flatMap((part) => wholeScans(part, isOrdered))]
}

describe.each(places)('the plans of the statements on %s', (place) => {
  it('R46 go by an index, whatever is asked for: none reads a table as a whole', async () => {
    const { opened, address, ground } = await freshGround(place)
    await migrateGround(ground)
    const { engine, asked } = watched(opened.engine)
    const store = sqlStore(engine, address.names)
    await fill(ground, store)

    const found: string[] = []
    const look = async (what: string, call: () => Promise<unknown>) => {
      asked.length = 0
      await call()
      expect(asked.length, what).toBeGreaterThan(0)
      for (const each of [...asked]) {
        for (const scan of await scans(opened.engine, each))
          found.push(`${what}: ${scan} by ${each.statement.text.slice(0, 300)}`)
      }
    }
    for (const [name, call] of Object.entries(CALLS)) await look(name, () => call(store))
    for (const [kind, filter] of LISTS) {
      const what = `list of ${kind} by ${Object.keys(filter)}`
      await look(what, () => store.list(kind, filter, page))
      await look(`${what}, further on`, () => store.list(kind, filter, { ...page, after }))
    }
    expect(found).toEqual([])
  }, 120_000)
})
