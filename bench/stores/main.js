import { loadavg } from 'node:os'
import { keep } from '../lib/print.js'
import { measureBoth } from '../lib/rounds.js'
import { ENGINES } from './engines.js'
import { fillOurs } from './ours.js'
import { fillPeer } from './peer.js'

/*
 * TOKENS: how many there are, of ours and of the peer; ENGINES: which databases, `SQLite,PostgreSQL`; ROUNDS: how often each has its
 * turn.
 */
const { TOKENS = '1000000', ROUNDS = '25', ENGINES: wanted = Object.keys(ENGINES).join() } = process.env
const count = Number(TOKENS)
/** As many of ours and of the peer's are shown to them in turn. */
const SHOWN = { ours: 1000, peer: 100 }

const module = new URL('./subject.js', import.meta.url).href

async function filled(engine, place) {
  const link = await engine.open(place)
  const ours = await fillOurs(engine, link, count, SHOWN.ours)
  const peer = await fillPeer(engine, link, count, SHOWN.peer)
  await link.settle()
  await link.close()
  return { floor: ours, tokenloop: ours, 'better-auth': peer }
}

const load = () => `load average ${loadavg()[0].toFixed(1)}`
const seconds = (begun) => `${((performance.now() - begun) / 1000).toFixed(0)} s`

function print(title, medians) {
  console.log(`\n${title}, ${load()}`)
  const [floor] = medians
  for (const { name, wall, cpu, statements } of medians) {
    const times = [wall, cpu].map((time) => time.toFixed(1).padStart(11))
    const ratios = [wall / floor.wall, cpu / floor.cpu].map((ratio) => ratio.toFixed(2).padStart(8))
    console.log(
      `  ${name.padEnd(12)}${times[0]} µs${ratios[0]}x${times[1]} µs of CPU${ratios[1]}x  ${statements} statements`,
    )
  }
}

async function bench(name) {
  const engine = ENGINES[name]
  const place = await engine.make()
  try {
    const begun = performance.now()
    const texts = await filled(engine, place)
    console.log(`\n${name}: ${count.toLocaleString('en')} tokens and as many keys in ${seconds(begun)}`)
    const results = {}
    for (const operation of ['verify', 'issue', 'sweep']) {
      const subjects = Object.entries(texts).map(([who, shown]) => ({
        name: who,
        module,
        args: [name, place, operation, who, shown],
      }))
      results[operation] = await measureBoth(subjects, Number(ROUNDS))
      print(`${name}, ${operation}`, results[operation])
    }
    return results
  } finally {
    await engine.drop(place)
  }
}

const results = {}
const unreached = []
for (const name of wanted.split(',')) {
  try {
    results[name] = await bench(name)
  } catch (error) {
    if (error?.code !== 'ECONNREFUSED') throw error
    unreached.push(name)
  }
}
keep('stores', results)
if (unreached.length > 0) console.log(`\nnot reached: ${unreached.join(', ')}`)
