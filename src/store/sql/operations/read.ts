import type { Kind } from '../../records.js'
import type { TokenStore } from '../../store.js'
import type { Body } from '../body.js'
import { chainQuery, readerOf } from '../links.js'
import { joined, packed, rowOf, sought, unpacked } from '../rows.js'
import { FEED, FEED_ENDS, RECORDS, type Table } from '../tables.js'

/**
 * A row by its id, with what is joined to it: in one line, whether it is there or not, since that brings the store's time. MySQL
 * finds a row that is always there sooner than it makes one up.
 */
function selectOne({ engine, grammar, name }: Body, table: Table, rows: readonly string[] = [], joins = '') {
  const it = joined(grammar, table, name(table), 'it', `it.id = ${grammar.typed('key', ':id')}`)
  const [from, where] =
    engine.dialect === 'mysql'
      ? [`${name(FEED)} AS one`, ` WHERE one.name = '${FEED_ENDS[0]}'`]
      : ['(SELECT 1 AS one) AS one', '']
  return `SELECT ${packed(grammar, ':now', it.row, ...rows)} FROM ${from}${it.join}${joins}${where}`
}

type Member<M extends keyof TokenStore> = Pick<TokenStore, M>

export function getOperation(body: Body): Member<'get'> {
  const queryOf = body.queries((kind: Kind) => selectOne(body, RECORDS[kind]))
  return {
    async get(kind, id) {
      const { lines } = await body.read(queryOf(kind), { id: sought(id) })
      const [now, it] = unpacked(lines[0])
      const found = readerOf(kind)(it)
      return { now: now as number, version: found?.version ?? 0, record: found?.record }
    },
  }
}

export function getWithOperation(body: Body): Member<'getWith'> {
  const prepare = <K extends Kind>(kind: K) => {
    const chain = chainQuery(body, kind, 'it')
    return { chain, query: body.query(selectOne(body, RECORDS[kind], chain.rows, chain.joins)) }
  }
  const kinds = Object.fromEntries(Object.keys(RECORDS).map((kind) => [kind, prepare(kind as Kind)])) as {
    readonly [K in Kind]: ReturnType<typeof prepare<K>>
  }
  return {
    async getWith(kind, id) {
      const { query, chain } = kinds[kind]
      const { lines } = await body.read(query, { id: sought(id) })
      const [time, it, ...rows] = unpacked(lines[0])
      const now = time as number
      const found = readerOf(kind)(it)
      if (found === undefined) return { now, version: 0, record: undefined, chain: undefined }
      return { now, version: found.version, record: found.record, chain: chain.read(found, rows) }
    },
  }
}

export function findOperation(body: Body): Member<'find'> {
  const queryOf = body.queries((kind: Kind) => {
    const table = RECORDS[kind]
    return `SELECT ${packed(body.grammar, ':now', rowOf(body.grammar, table, 'it'))} FROM ${body.name(table)} AS it WHERE it.unique_key = :unique`
  })
  return {
    async find(kind, unique) {
      const { lines } = await body.read(queryOf(kind), { unique: sought(unique) })
      const [now, it] = unpacked(lines[0])
      const found = it === undefined ? undefined : readerOf(kind)(it)
      return found && { now: now as number, ...found }
    },
  }
}
