import { TokenloopError } from '../../core/errors.js'
import type { Dialect } from './engine.js'
import type { Ground } from './ground.js'
import { checksumOf, HISTORY, MIGRATIONS, type Migration } from './migrations.js'
import { FEED, FEED_ENDS } from './tables.js'
import { expectedThings, feedEnd, findThings } from './things.js'

/** A migration that took place. */
export interface Applied {
  readonly number: number
  readonly checksum: string
}

/** What is there, as it was found. */
export interface Found {
  readonly things: ReadonlySet<string>
  readonly applied: readonly Applied[]
}

/** How a schema stands to this version of the library. */
export type SchemaState =
  | { readonly state: 'ready' }
  | { readonly state: 'missing' }
  | { readonly state: 'incomplete'; readonly pending: readonly Migration[]; readonly lacks: readonly string[] }
  /** A migration of this number was applied with other statements. */
  | { readonly state: 'changed'; readonly number: number }
  | { readonly state: 'too new'; readonly number: number }

const plain = (text: string) => ({ name: '', text })

/** Looks at the schema. Rejects with `unavailable`. */
export async function findSchema({ engine, naming }: Ground): Promise<Found> {
  const options = { repeatable: true }
  const { lines } = await engine.run(plain(findThings[engine.dialect](naming)), [], options)
  const things = new Set(lines.map(({ thing }) => String(thing)))
  if (things.has(`${naming.prefix}${FEED.name}.name`)) {
    const which = FEED_ENDS.map((end) => `'${end}'`).join(', ')
    const feed = `SELECT name FROM ${naming.table(FEED.name)} WHERE name IN (${which})`
    const { lines: ends } = await engine.run(plain(feed), [], options)
    for (const { name } of ends) things.add(feedEnd(naming, String(name)))
  }
  if (!things.has(`${naming.prefix}${HISTORY.name}.checksum`)) return { things, applied: [] }
  const history = `SELECT number, checksum FROM ${naming.table(HISTORY.name)}`
  const { lines: applied } = await engine.run(plain(history), [], options)
  return {
    things,
    applied: applied.map(({ number, checksum }) => ({ number: Number(number), checksum: String(checksum) })),
  }
}

/** What a version of the library that knows these migrations makes of a schema. */
export function judgeSchema(
  dialect: Dialect,
  expected: readonly string[],
  { things, applied }: Found,
  migrations: readonly Migration[] = MIGRATIONS,
): SchemaState {
  const newest = Math.max(0, ...applied.map(({ number }) => number))
  if (newest > migrations.length) return { state: 'too new', number: newest }
  if (applied.length === 0 && !expected.some((thing) => things.has(thing))) return { state: 'missing' }
  const checksums = new Map(applied.map(({ number, checksum }) => [number, checksum]))
  const changed = migrations.find(
    (migration) =>
      (checksums.get(migration.number) ?? checksumOf(dialect, migration)) !== checksumOf(dialect, migration),
  )
  if (changed !== undefined) return { state: 'changed', number: changed.number }
  const pending = migrations.filter(({ number }) => !checksums.has(number))
  const lacks = expected.filter((thing) => !things.has(thing))
  return pending.length + lacks.length === 0 ? { state: 'ready' } : { state: 'incomplete', pending, lacks }
}

/** How the schema of a store stands. Rejects with `unavailable`. */
export async function stateOf(ground: Ground): Promise<SchemaState> {
  const { dialect } = ground.engine
  return judgeSchema(dialect, expectedThings(dialect, ground.naming), await findSchema(ground))
}

const COMMAND = 'npx tokenloop migrate'
/** How many of the things that are lacking an error names. */
const NAMED = 5

/** The error of a schema that cannot be worked with. */
export function schemaError(state: Exclude<SchemaState, { state: 'ready' }>): TokenloopError {
  switch (state.state) {
    case 'missing':
      return new TokenloopError('schema_missing', `the tables are not there: run \`${COMMAND}\``)
    case 'incomplete': {
      const lacks = [...state.pending.map(({ number }) => `migration ${number}`), ...state.lacks]
      const named = lacks.slice(0, NAMED).join(', ') + (lacks.length > NAMED ? ', …' : '')
      return new TokenloopError('schema_incomplete', `the schema lacks ${named}: run \`${COMMAND}\``)
    }
    case 'changed':
      return new TokenloopError(
        'schema_incomplete',
        `migration ${state.number} was applied with other statements: compare with \`npx tokenloop schema\`, then run \`${COMMAND}\``,
      )
    case 'too new':
      return new TokenloopError(
        'schema_too_new',
        `the schema has migration ${state.number}, which this version of tokenloop does not know: update tokenloop, whose \`${COMMAND}\` made it`,
      )
  }
}
