import { availableParallelism, loadavg } from 'node:os'
import { user } from '../../dist/index.js'
import { keep } from '../lib/print.js'
import { copy, spread } from './copies.js'
import { ENGINES } from './engines.js'
import { BATCH, fillOurs, ID_LENGTH, ours, PREFIX, TOKENS } from './ours.js'

/*
 * What becomes of a store with very many rows: ROWS (300,000) tokens of one user, nine of ten of which are to be swept, on each of
 * ENGINES. It prints times on the clock, in milliseconds.
 */
const { ROWS = '300000', ENGINES: wanted = Object.keys(ENGINES).join() } = process.env
const rows = Number(ROWS)
const FEW = 10_000
const SHOWN = 500
const CALLS = 3000
const PAGES = 40
const PAGE = 500

function told(samples) {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2)
  return { p50: at(0.5), p99: at(0.99), most: at(1), count: sorted.length }
}

async function timed(work) {
  const begun = performance.now()
  const answer = await work()
  return [performance.now() - begun, answer]
}

async function checks(verify, texts, isOver) {
  const samples = []
  for (let i = 0; !isOver(i); i++) {
    const [time, ok] = await timed(() => verify(texts[i % texts.length]))
    if (!ok) throw new Error('a token was refused')
    samples.push(time)
    // A sweep in the same process has its turn as well.
    if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return told(samples)
}

async function pages(tokens) {
  const samples = []
  for (let cursor; samples.length < PAGES; ) {
    const [time, page] = await timed(() => tokens.list({ owner: user('u_42'), limit: PAGE, cursor }))
    samples.push(time)
    cursor = page.cursor
    if (cursor === undefined) break
  }
  return told(samples)
}

async function sweepAll({ store }) {
  const samples = []
  for (let more = true; more; ) {
    const [time, swept] = await timed(() => store.sweep(BATCH))
    if (swept.removed > BATCH) throw new Error('a batch was too large')
    samples.push(time)
    more = swept.more
  }
  return told(samples)
}

async function crowd(name) {
  const engine = ENGINES[name]
  const place = await engine.make()
  const link = await engine.open(place)
  const say = (what, answer) => console.log(`  ${what.padEnd(44)}${JSON.stringify(answer)}`)
  const results = {}
  const note = (what, answer) => {
    results[what] = answer
    say(what, answer)
  }
  try {
    const texts = await fillOurs(engine, link, FEW, SHOWN)
    await link.ask(`UPDATE ${TOKENS} SET owner_id = 'u_42'`)
    const { verify, tokens } = ours(engine, link)
    await checks(verify, texts, (i) => i >= CALLS)
    note(`verify among ${FEW}`, await checks(verify, texts, (i) => i >= CALLS))

    const where = `id = '${texts[0].slice(0, ID_LENGTH)}'`
    const ids = spread(rows, ID_LENGTH, PREFIX, 'crowd')
    const own = { id: ids, ordinal: `it.ordinal - ${rows} + n`, keep_until: 'CASE WHEN n % 10 < 9 THEN 1 + n END' }
    const [filling] = await timed(() => copy(engine, link, TOKENS, where, rows, own))
    note(`rows made, s`, (filling / 1000).toFixed(0))
    const [migrating] = await timed(() => link.migrate(link.store))
    note('migrate, up to date', migrating.toFixed(1))
    note(`verify among ${rows}`, await checks(verify, texts, (i) => i >= CALLS))
    note(`a page of ${PAGE} of one user`, await pages(tokens))

    const sweeping = await engine.open(place)
    let isOver = false
    const during = checks(verify, texts, () => isOver)
    note(`a batch of ${BATCH} swept`, await sweepAll(sweeping))
    isOver = true
    note('verify meanwhile', await during)
    await sweeping.close()
    return results
  } finally {
    await link.close()
    await engine.drop(place)
  }
}

console.log(`${availableParallelism()} cores, load average ${loadavg()[0].toFixed(1)}`)
const results = {}
for (const name of wanted.split(',')) {
  console.log(`\n${name}: ${rows.toLocaleString('en')} tokens of one user, nine of ten to be swept`)
  results[name] = await crowd(name)
}
keep('crowds', results)
