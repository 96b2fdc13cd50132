import { TokenloopError } from 'tokenloop'
import type { Query, Row } from '../../shared/store.js'

/** Something of the host's own, as text, of an owner. */
export interface Kept {
  readonly id: string
  readonly owner: string
  readonly value: string
}

/** The host's own data, in the database of its tokens, so that every copy of the host has the same. */
export interface Rows {
  get(kind: string, id: string): Promise<Kept | undefined>
  /** Those of an owner, newest first. */
  list(kind: string, owner: string): Promise<readonly Kept[]>
  /** Whether this caller was the first with that id. */
  add(kind: string, row: Kept, madeAt: number): Promise<boolean>
  /** Whether it was there, and that owner's. */
  remove(kind: string, id: string, owner: string): Promise<boolean>
}

/** Rows in the database that `query` asks, whose table is made where it is missing; without one, in memory. */
export async function openRows(query: Query | undefined): Promise<Rows> {
  if (query === undefined) return memoryRows()
  const make = () => query(TABLE)
  // Copies that start together may both find no table, and one of them fail.
  await make().catch(make)
  return sqlRows(telling(query))
}

/** Fails as the library does, so that whoever asks is answered alike. */
const telling =
  (query: Query): Query =>
  (text, values) =>
    query(text, values).catch((cause) => {
      throw new TokenloopError('unavailable', 'the database does not answer', { cause })
    })

const TABLE = `CREATE TABLE IF NOT EXISTS streamloop_rows (
  kind VARCHAR(20) NOT NULL,
  id VARCHAR(100) NOT NULL,
  owner VARCHAR(100) NOT NULL,
  value TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  PRIMARY KEY (kind, id)
)`

function sqlRows(query: Query): Rows {
  const get: Rows['get'] = async (kind, id) => {
    const [row] = await query('SELECT id, owner, value FROM streamloop_rows WHERE kind = ? AND id = ?', [kind, id])
    return row && keptIn(row)
  }
  return {
    get,
    async list(kind, owner) {
      const text =
        'SELECT id, owner, value FROM streamloop_rows WHERE kind = ? AND owner = ? ORDER BY made_at DESC, id DESC'
      return (await query(text, [kind, owner])).map(keptIn)
    },
    async add(kind, { id, owner, value }, madeAt) {
      const text = 'INSERT INTO streamloop_rows (kind, id, owner, value, made_at) VALUES (?, ?, ?, ?, ?)'
      try {
        await query(text, [kind, id, owner, value, madeAt])
        return true
      } catch (error) {
        if ((await get(kind, id)) === undefined) throw error
        return false
      }
    },
    async remove(kind, id, owner) {
      const row = await get(kind, id)
      if (row?.owner !== owner) return false
      await query('DELETE FROM streamloop_rows WHERE kind = ? AND id = ?', [kind, id])
      return true
    },
  }
}

const keptIn = ({ id, owner, value }: Row): Kept => ({ id: String(id), owner: String(owner), value: String(value) })

function memoryRows(): Rows {
  const rows = new Map<string, Kept>()
  const key = (kind: string, id: string) => `${kind} ${id}`
  return {
    get: async (kind, id) => rows.get(key(kind, id)),
    list: async (kind, owner) =>
      [...rows]
        .filter(([at, row]) => at.startsWith(`${kind} `) && row.owner === owner)
        .map(([, row]) => row)
        .reverse(),
    async add(kind, row) {
      if (rows.has(key(kind, row.id))) return false
      rows.set(key(kind, row.id), row)
      return true
    },
    remove: async (kind, id, owner) => rows.get(key(kind, id))?.owner === owner && rows.delete(key(kind, id)),
  }
}
