import { spawnSync } from 'node:child_process'
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { keep } from '../lib/print.js'
import { median } from '../lib/rounds.js'

/*
 * `tokenloop scan` and `grep -E` over the same file of sources, side by side and in turns: a token of any prefix, and of one. The whole
 * process counts, its start included.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const MEGABYTES = Number(process.env.MEGABYTES ?? 500)
const ROUNDS = Number(process.env.ROUNDS ?? 7)

/** Sources of what is installed, over and over. */
async function* sources() {
  const paths = readdirSync(join(ROOT, 'node_modules'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(js|cjs|ts|cts|md|json)$/.test(path))
    .map((path) => join(ROOT, 'node_modules', path))
    .filter((path) => statSync(path).isFile())
  for (let left = MEGABYTES * 1e6; ; ) {
    for (const path of paths) {
      const bytes = readFileSync(path)
      yield bytes.subarray(0, left)
      left -= bytes.length
      if (left <= 0) return
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tokenloop-bench-'))
const file = join(folder, 'text')
await pipeline(sources(), createWriteStream(file))

const tokenloop = [process.execPath, join(ROOT, 'dist/cli.js'), 'scan', file]
const SUBJECTS = {
  'grep -E, any prefix': ['grep', '-aoE', '[A-Za-z][0-9A-Za-z_]{0,31}_[0-9A-Za-z]{44}', file],
  'grep -E, one prefix': ['grep', '-aoE', 'acme_[0-9A-Za-z]{44}', file],
  'tokenloop scan': tokenloop,
  'tokenloop scan --prefix': [...tokenloop, '--prefix', 'acme'],
}

/** Seconds on the clock, and of the processor. */
function time(command) {
  const script = `TIMEFORMAT='%R %U %S'; time "$0" "$@" > /dev/null 2>&1`
  const { stderr } = spawnSync('bash', ['-c', script, ...command], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
  const [wall, user, system] = stderr.trim().split(' ').map(Number)
  return { wall, cpu: user + system }
}

const samples = Object.fromEntries(Object.keys(SUBJECTS).map((name) => [name, []]))
for (let round = 0; round <= ROUNDS; round++)
  for (const [name, command] of Object.entries(SUBJECTS)) {
    const sample = time(command)
    if (round > 0) samples[name].push(sample)
  }
rmSync(folder, { recursive: true })

const results = {}
console.log(`\n${MEGABYTES} MB of sources, MB a second`)
for (const [name, all] of Object.entries(samples)) {
  const speed = (of) => Math.round(MEGABYTES / median(all.map((sample) => sample[of])))
  results[name] = { wall: speed('wall'), cpu: speed('cpu') }
  console.log(
    `  ${name.padEnd(26)} ${String(speed('wall')).padStart(6)} on the clock ${String(speed('cpu')).padStart(6)} of processor time`,
  )
}
keep('scan', results)
