import { Option } from 'commander'
import { groundOf } from '../../store/sql/ground.js'
import { migrate } from '../../store/sql/migrate.js'
import type { NamingOptions } from '../../store/sql/naming.js'
import { schemaError, stateOf } from '../../store/sql/state.js'
import { command, EXIT, type Outcome } from '../command.js'
import { type Database, openDatabase } from '../database.js'
import { NAMING_OPTIONS, namesOf } from '../options.js'
import type { Output } from '../output.js'

interface Options extends NamingOptions {
  readonly url: string
  readonly check?: boolean
}

export const migrateCommand = command({
  name: 'migrate',
  summary: 'make the tables in a database, or bring them up to date',
  details: `Many may run at once, and one that was killed is finished by the next. Servers are reached through your project's own driver:
pg, mysql2 or better-sqlite3. A password is better in DATABASE_URL than on a command line, where everybody sees it.`,
  options: [
    new Option('--url <url>', 'postgres://…, mysql://… or the path of a SQLite file')
      .env('DATABASE_URL')
      .makeOptionMandatory(),
    ...NAMING_OPTIONS,
    new Option('--check', 'change nothing: exit with 1 where there is something to do'),
  ],
  examples: [
    ['migrate', 'the database of DATABASE_URL'],
    ['migrate --url postgres://auth@db.acme.dev/auth --schema auth', 'in a schema of PostgreSQL'],
    ['migrate --url ./auth.db --check', 'whether a SQLite file is up to date'],
  ],
  async run(_args, { url, check = false, ...names }: Options, out) {
    out.progress(() => 'looking at the schema …')
    const database = await openDatabase(url, { names: namesOf(names), mayCreate: !check })
    try {
      return await (check ? look(database, out) : bringUp(database, out))
    } finally {
      await database.close()
    }
  },
})

async function bringUp({ dialect, store }: Database, out: Output): Promise<Outcome> {
  const applied = await migrate(store)
  for (const name of applied) out.line(`applied: ${name}`)
  out.line('the schema is up to date')
  return { json: { dialect, applied } }
}

async function look({ dialect, store }: Database, out: Output): Promise<Outcome> {
  const found = await stateOf(groundOf(store))
  if (found.state === 'ready') {
    out.line('the schema is up to date')
    return { json: { dialect, state: found.state } }
  }
  const { code, message } = schemaError(found)
  out.line(message)
  return { json: { dialect, state: found.state, code, message }, exit: EXIT.found }
}
