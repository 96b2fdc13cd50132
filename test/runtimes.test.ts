import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { hostWithPrograms, outcomesOn, placeOf, testsOn } from './runtimes/programs.js'
import type { Host } from './support/host.js'
import { runtimeAt, runtimeNames } from './support/runtimes.js'

/** In milliseconds. */
const PATIENCE = 300_000
const YES = '✓'

/** What runs on other Nodes of the project's own tests; `RUNTIME_TESTS` names more, such as `test/core test/jwt test/oauth`. */
const TESTS = (
  process.env.RUNTIME_TESTS ||
  'test/core/credential test/core/digest test/core/seal test/jwt/issue test/jwt/claims test/oauth/code test/oauth/refresh test/resource/jwts'
).split(' ')

const ALL_TESTS = 'the whole test suite'
const SOME_TESTS = 'tests of the core, of JWTs, of the guard and of the authorization server'
/** What needs a server, which may not be there. */
const SERVERS: Readonly<Record<string, string>> = { '`pg`': 'PostgreSQL', '`mysql2`': 'MariaDB' }

const reached: readonly string[] = inject('reached')
const isHere = (part: string) => SERVERS[part] === undefined || reached.includes(SERVERS[part])

/** The table of the README: by column, what is ticked of each row. */
function tableOf(readme: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const section = /## Where it runs\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? ''
  const [head = [], , ...rows] = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
  const columns = head.slice(1).map((column, i) => {
    const cells = rows.map(([row = '', ...cells]): [string, string] => [row, cells[i] ?? ''])
    return [column, new Map(cells)] as const
  })
  return new Map(columns)
}

const table = tableOf(readFileSync(new URL('../README.md', import.meta.url), 'utf8'))

/** A column without the version of what is not Node: `Bun 1.4` is what is installed as `Bun`. */
const runtimeOf = (column: string) => (column.startsWith('Node ') ? column : (column.split(' ')[0] ?? ''))
const own = `Node ${process.versions.node.split('.')[0]}`
const here = [...table.keys()].filter(
  (column) =>
    column === own || runtimeNames.some((name) => name === runtimeOf(column) && runtimeAt(name) !== undefined),
)

let host: Host
beforeAll(async () => {
  host = await hostWithPrograms()
}, PATIENCE)
afterAll(() => host?.remove())

describe('the table of the README says where the library runs:', () => {
  it('it has a column for each runtime', () => {
    const columns = [...table.keys()].map(runtimeOf)
    expect(columns.toSorted()).toEqual(['Node 20', ...runtimeNames.filter((name) => name !== 'jest')].toSorted())
  })

  it.each(here)(
    'R68 %s',
    async (column) => {
      const name = runtimeOf(column)
      const outcomes = new Map(await outcomesOn(name, host))
      if (name === own) for (const row of [ALL_TESTS, SOME_TESTS]) outcomes.set(row, null)
      else if (table.get(column)?.get(SOME_TESTS) === YES) outcomes.set(SOME_TESTS, await testsOn(name, TESTS))
      const expected = [...(table.get(column) ?? [])].filter(([row]) => isHere(row))
      // A fault of what is not ticked is what the table says; that of anything else is shown.
      const actual = expected.map(([row, cell]) => {
        const fault = outcomes.has(row) ? outcomes.get(row) : 'was not run'
        return [row, fault === null ? YES : cell === '' ? '' : fault]
      })
      expect(actual).toEqual(expected)
      expect([...outcomes.keys()].filter((part) => !table.get(column)?.has(part))).toEqual([])
    },
    PATIENCE,
  )

  it.each(here.filter((column) => column !== 'workerd'))('%s is of the version that it names', async (column) => {
    const { stdout } = await promisify(execFile)(placeOf(runtimeOf(column)), ['--version'])
    const [, version] = /(\d+\.\d+)/.exec(stdout) ?? []
    expect(`${version}.`.startsWith(`${column.split(' ')[1]}.`), stdout).toBe(true)
  })
})
