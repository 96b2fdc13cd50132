/*
 * Rows in their hundreds of thousands, out of one that was written as it should be: the same but for what is different in each.
 */

/** Told apart by those columns too that know no case. */
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
/** How many digits of an id are counted up, and how many rows that is enough for. */
const PLACES = 5
const ROOM = DIGITS.length ** PLACES
/** Rows of one statement. */
const CHUNK = 10_000

/**
 * An id of so many characters, other ones in each row: they are spread evenly, so that those which are made by chance lie between
 * them, and ascend, so that indexes are written from one end to the other.
 */
export function spread(count, length, start = '', end = '') {
  const number = `(n * ${Math.floor(ROOM / count)})`
  const digits = Array.from({ length: PLACES }, (_, i) => {
    const unit = DIGITS.length ** (PLACES - 1 - i)
    return `substr('${DIGITS}', (${number} - ${number} % ${unit}) / ${unit} % ${DIGITS.length} + 1, 1)`
  })
  return `concat('${start}', ${digits.join(', ')}, '${end.padStart(length - start.length - PLACES, '0')}')`
}

const TEN = `(${Array.from({ length: 10 }, (_, d) => `SELECT ${d} AS d`).join(' UNION ALL ')})`
const numbers = (from) =>
  `(SELECT ${from} + a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n FROM ${TEN} AS a CROSS JOIN ${TEN} AS b CROSS JOIN ${TEN} AS c CROSS JOIN ${TEN} AS e) AS numbers`

/**
 * Copies a row of a table so many times. `replaced` has an expression for each column that differs, in which `n` counts from 0 and
 * `it` is the row that is copied.
 */
export async function copy({ quote }, { ask }, table, where, count, replaced) {
  const [row] = await ask(`SELECT * FROM ${table} WHERE ${where}`)
  const columns = Object.keys(row)
  const values = columns.map((column) => replaced[column] ?? `it.${quote(column)}`)
  for (let from = 0; from < count; from += CHUNK) {
    await ask(
      `INSERT INTO ${table} (${columns.map(quote).join(', ')}) SELECT ${values.join(', ')}` +
        ` FROM ${table} AS it CROSS JOIN ${numbers(from)} WHERE n < ${count} AND it.${where} ORDER BY n`,
    )
  }
}
