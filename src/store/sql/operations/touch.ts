import type { Kind } from '../../records.js'
import type { TokenStore, UseOf } from '../../store.js'
import type { Body } from '../body.js'
import { isStorable, keyText } from '../rows.js'
import { RECORDS, USES } from '../tables.js'

/**
 * Moves the last use of many records forward, in one statement for each kind. It goes to a table of its own, so that it can undo
 * nothing; records are only held against being removed meanwhile, which would leave a use of nobody.
 */
export function touchOperation(body: Body): Pick<TokenStore, 'touch'> {
  const { grammar, engine } = body
  const used = { id: 'key', at: 'integer', count: 'integer', ip: 'key' } as const
  const isLater = (before: string, after: string) => `${after}.at > ${before}.at`
  const queryOf = body.queries((kind: Kind) => {
    const select =
      `SELECT '${kind}' AS kind, it.id, asked.at, asked.count, asked.ip FROM ${grammar.rows(':uses', 'asked', used)}` +
      ` JOIN ${body.name(RECORDS[kind])} AS it ON it.id = asked.id WHERE it.version > 0`
    const columns = USES.columns.map(({ name }) => name).join(', ')
    const insert = `INSERT INTO ${body.name(USES)}${grammar.target && ' AS used'} (${columns})`
    if (engine.dialect === 'mysql') {
      // The assignments take place in this order: the address and the moment are compared before the moment is moved.
      return `${insert} ${select} ORDER BY it.id ON DUPLICATE KEY UPDATE count = ${body.name(USES)}.count + VALUES(count), ip = IF(VALUES(at) > ${body.name(USES)}.at, VALUES(ip), ${body.name(USES)}.ip), at = GREATEST(${body.name(USES)}.at, VALUES(at))`
    }
    const onConflict =
      ` ON CONFLICT (kind, id) DO UPDATE SET count = used.count + excluded.count,` +
      ` ip = CASE WHEN ${isLater('used', 'excluded')} THEN excluded.ip ELSE used.ip END, at = ${grammar.greater('used.at', 'excluded.at')}`
    if (engine.dialect === 'sqlite') return `${insert} ${select}${onConflict}`
    return `WITH found AS (${select} ORDER BY it.id FOR KEY SHARE OF it) ${insert} SELECT * FROM found${onConflict}`
  })

  return {
    async touch(uses) {
      for (const [kind, ofKind] of byKind(uses)) {
        await body.run(queryOf(kind), { uses: JSON.stringify(ofKind) })
      }
    },
  }
}

/** The uses of each kind, one for each record. */
function byKind(uses: readonly UseOf[]): ReadonlyMap<Kind, readonly UseOf[]> {
  const merged = new Map<string, UseOf>()
  for (const use of uses) {
    if (!isStorable(use.id)) continue
    const name = `${use.kind} ${use.id}`
    const before = merged.get(name)
    const { at, ip } = before === undefined || use.at > before.at ? use : before
    const checked = ip === null ? null : keyText(ip, 'an address')
    merged.set(name, { kind: use.kind, id: use.id, at, ip: checked, count: use.count + (before?.count ?? 0) })
  }
  const kinds = new Map<Kind, UseOf[]>()
  for (const use of merged.values()) kinds.set(use.kind, [...(kinds.get(use.kind) ?? []), use])
  return kinds
}
