import { mkdirSync, writeFileSync } from 'node:fs'
import { bundled, imported } from './load.js'
import { measureOperation, OPERATIONS } from './speed.js'

/** Runs every operation, prints the medians with their ratios to the floor, and keeps them in bench/results. */
const results = {}
for (const operation of Object.keys(OPERATIONS)) {
  const medians = await measureOperation(operation)
  const [floor] = Object.values(medians)
  results[operation] = medians
  console.log(`\n${operation}`)
  for (const [name, microseconds] of Object.entries(medians)) {
    const ratio = microseconds / floor
    console.log(`  ${name.padEnd(32)} ${microseconds.toFixed(2).padStart(12)} µs ${ratio.toFixed(2).padStart(10)}x`)
  }
}
const load = { ...(await bundled()), milliseconds: imported() }
results.load = load
console.log('\nload')
console.log(
  `  bundled, minified and gzipped    ${(load.gzip / 1024).toFixed(1).padStart(12)} KB, with ${load.packages.join(', ')}`,
)
console.log(`  first import                     ${load.milliseconds.toFixed(1).padStart(12)} ms`)

const directory = new URL('../results/', import.meta.url)
mkdirSync(directory, { recursive: true })
writeFileSync(new URL('tokens.json', directory), `${JSON.stringify(results, null, 2)}\n`)
