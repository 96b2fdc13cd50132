import type { EventRecord, Kind } from '../../records.js'
import type { Filters, ItemOf, Listed, ListKind, Page, PageRequest, TokenStore, Use } from '../../store.js'
import type { Body } from '../body.js'
import { chainQuery, readerOf } from '../links.js'
import { createEventReader, packed, rowOf, sought, unpacked } from '../rows.js'
import type { Arguments, Query } from '../statement.js'
import { EVENTS, RECORDS, type Table, USES } from '../tables.js'

/** What a filter demands of a row, and with which values. */
interface Filter<Wanted> {
  readonly sql: string
  readonly values: (wanted: Wanted) => Arguments
}

const is = (column: string): Filter<string> => ({
  sql: `it.${column} = :${column}`,
  values: (wanted) => ({ [column]: sought(wanted) }),
})
const named = (member: string): Filter<{ readonly kind: string; readonly id: string }> => ({
  sql: `it.${member}_id = :${member}_id AND it.${member}_kind = :${member}_kind`,
  values: ({ kind, id }) => ({ [`${member}_id`]: sought(id), [`${member}_kind`]: kind }),
})
const moment = (name: string, sql: string): Filter<number> => ({ sql, values: (wanted) => ({ [name]: wanted }) })
const flag = (sql: string): Filter<boolean> => ({ sql, values: () => ({}) })

/** Every filter of every list. */
const FILTERS: {
  readonly [K in ListKind]: { readonly [F in keyof Filters[K]]-?: Filter<NonNullable<Filters[K][F]>> }
} = {
  token: {
    owner: named('owner'),
    tenant: is('tenant'),
    expiresAfter: moment('expires_after', 'it.expires_at > :expires_after'),
    expiresBy: moment('expires_by', 'it.expires_at <= :expires_by'),
    idleSince: moment('idle_since', 'it.created_at <= :idle_since AND (used.at IS NULL OR used.at <= :idle_since)'),
    unrevoked: flag('it.revoked_at IS NULL'),
  },
  account: { type: is('type'), tenant: is('tenant'), undeleted: flag(`it.status <> 'deleted'`) },
  client: { tenant: is('tenant') },
  grant: { subject: is('subject'), client: is('client'), tenant: is('tenant') },
  key: {},
  event: { about: is('about'), owner: named('owner'), tenant: is('tenant'), by: named('by') },
}

const newestFirst = (alias: string) => `${alias}.ordinal DESC, ${alias}.id DESC`
const OLDER = 'it.ordinal <= :ordinal AND (it.ordinal < :ordinal OR it.id < :after)'

/** A list in pages: the rows of one are chosen first, and what belongs to each is looked up after it. */
interface Listing {
  readonly table: Table
  /** What belongs to each row, and the joins that bring it. */
  readonly others: readonly string[]
  readonly joins: string
  item(row: unknown, others: readonly unknown[]): { readonly id: string } | undefined
}

export function listOperation(body: Body): Pick<TokenStore, 'list'> {
  const { grammar, name } = body
  const joinUses = (kind: string, alias: string) =>
    ` LEFT JOIN ${name(USES)} AS used ON used.kind = '${kind}' AND used.id = ${alias}.id`

  const ofRecords = <K extends Kind>(kind: K): Listing => {
    const chain = chainQuery(body, kind, 'page')
    const use = grammar.array(['used.at', 'used.count', grammar.cell('key', 'used.ip')])
    return {
      table: RECORDS[kind],
      others: [use, ...chain.rows],
      joins: joinUses(kind, 'page') + chain.joins,
      item(row, [used, ...rows]): Listed<K> | undefined {
        const found = readerOf(kind)(row)
        return found && { ...found, chain: chain.read(found, rows), use: useOf(used) }
      },
    }
  }
  const readEvent = createEventReader(EVENTS)
  const listings: { readonly [K in ListKind]: Listing } = {
    token: ofRecords('token'),
    account: ofRecords('account'),
    client: ofRecords('client'),
    grant: ofRecords('grant'),
    key: ofRecords('key'),
    event: { table: EVENTS, others: [], joins: '', item: (row): EventRecord | undefined => readEvent(row) },
  }

  const queryOf = body.queries((kind: ListKind, goesOn: boolean, ...wanted: readonly string[]) => {
    const { table, others, joins } = listings[kind]
    const filters: { readonly [name: string]: Filter<never> } = FILTERS[kind]
    const conditions = [
      ...(kind === 'event' ? [] : ['it.version > 0']),
      ...wanted.map((name) => filters[name]?.sql),
      ...(goesOn ? [OLDER] : []),
    ]
    const uses = wanted.includes('idleSince') ? joinUses(kind, 'it') : ''
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
    return (
      `SELECT ${packed(grammar, ':now', 'page.ordinal', rowOf(grammar, table, 'page'), ...others)} FROM (SELECT 1 AS one) AS one` +
      ` LEFT JOIN (SELECT it.* FROM ${name(table)} AS it${uses}${where} ORDER BY ${newestFirst('it')} LIMIT :most) AS page ON 1 = 1` +
      `${joins} ORDER BY ${newestFirst('page')}`
    )
  })

  return {
    async list<K extends ListKind>(kind: K, filter: Filters[K], { limit, after }: PageRequest): Promise<Page<K>> {
      const { names, values } = wantedOf(kind, filter)
      const query: Query = queryOf(kind, after !== undefined, ...names)
      const position = after && { ordinal: after.order, after: sought(after.id) }
      // One more than asked for shows whether there are more.
      const { lines } = await body.read(query, { ...values, ...position, most: limit + 1 })
      const found = lines.map(unpacked)
      const items = found.flatMap(([, , row, ...others]) => listings[kind].item(row, others) ?? []) as ItemOf<K>[]
      const page = { now: found[0]?.[0] as number, items: items.slice(0, limit) }
      const last = items[limit - 1]
      if (items.length <= limit || last === undefined) return page
      // The row says where it stands, though its record be corrupt.
      return { ...page, next: { order: found[limit - 1]?.[1] as number, id: last.id } }
    },
  }
}

/** The filters that are set, and the values that they want. */
function wantedOf(kind: ListKind, filter: object) {
  const filters: { readonly [name: string]: Filter<never> } = FILTERS[kind]
  const set = Object.entries(filter).filter(
    ([name, wanted]) => name in filters && wanted !== undefined && wanted !== false,
  )
  return {
    names: set.map(([name]) => name).sort(),
    values: Object.assign({}, ...set.map(([name, wanted]) => filters[name]?.values(wanted as never))) as Arguments,
  }
}

function useOf(cells: unknown): Use | null {
  const [at, count, ip] = cells as [number | null, number, string | null]
  return at === null ? null : { at, count, ip }
}
