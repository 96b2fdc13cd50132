import type { Body } from '../body.js'

/** What a limit's counter is called where it is kept, and a budget's where it is asked for. */
const KEPT = { name: 'key', spent: 'integer', since: 'integer' } as const
const ASKED = { name: 'key', most: 'integer', period: 'integer', refill: 'integer', cost: 'integer' } as const

/** Where the counters of a holder are found. */
export interface Basis {
  readonly from: string
  readonly where: string
  readonly counters: string
}

/**
 * `spendFrom` in SQL: whether the counters of a holder allow `:budgets` at `:now`, and what they are after it. A test holds both to
 * the same answers.
 */
export function spendingSql({ grammar }: Body, { counters, ...of }: Basis): { fits: string; after: string } {
  const { divide, greater, rows, collect, exactly } = grammar
  const [kept, asked] = [rows(counters, 'kept', KEPT, of), rows(grammar.typed('json', ':budgets'), 'asked', ASKED)]
  const isSame = `${exactly('kept.name')} = ${exactly('asked.name')}`

  const elapsed = greater(':now - COALESCE(kept.since, 0)', '0')
  const stand =
    `SELECT asked.name, asked.most, asked.cost, asked.refill, COALESCE(asked.period, 0) AS period,` +
    ` COALESCE(kept.spent, 0) AS spent, COALESCE(kept.since, 0) AS since,` +
    ` CASE WHEN asked.period IS NULL THEN 0 ELSE ${divide(elapsed, 'asked.period')} END AS steps` +
    ` FROM ${asked} LEFT JOIN ${kept} ON ${isSame}`
  // Compared as a quotient: the product can be more than 64 bits hold.
  const isRefilled = `(spent <= 0 OR steps > ${divide('spent - 1', 'refill')})`
  const refilled =
    `(SELECT name, most, cost, CASE WHEN ${isRefilled} THEN 0 ELSE spent - steps * refill END AS spent,` +
    ` CASE WHEN ${isRefilled} THEN :now ELSE since + steps * period END AS since FROM (${stand}) AS stand) AS refilled`
  // By a join: MariaDB remembers what a subquery answered for a name, and takes one in other letters for the same.
  const others = `SELECT kept.name, kept.spent, kept.since FROM ${kept} LEFT JOIN ${asked} ON ${isSame} WHERE asked.name IS NULL`
  return {
    fits: `NOT EXISTS (SELECT 1 FROM ${refilled} WHERE cost > 0 AND spent > most - cost)`,
    after:
      `SELECT ${collect({ name: 'name', spent: 'spent', since: 'since' })}` +
      ` FROM (SELECT name, spent + cost AS spent, since FROM ${refilled} UNION ALL ${others}) AS counter`,
  }
}
