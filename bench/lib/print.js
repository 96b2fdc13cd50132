import { mkdirSync, writeFileSync } from 'node:fs'

/** Measures every operation, prints the medians with their ratios to the first subject, and keeps them in bench/results. */
export async function print(name, operations, measureOperation) {
  const results = {}
  for (const operation of operations) {
    const medians = await measureOperation(operation)
    const [floor] = Object.values(medians)
    results[operation] = medians
    console.log(`\n${operation}`)
    for (const [subject, microseconds] of Object.entries(medians)) {
      const ratio = microseconds / floor
      console.log(
        `  ${subject.padEnd(32)} ${microseconds.toFixed(2).padStart(12)} µs ${ratio.toFixed(2).padStart(10)}x`,
      )
    }
  }
  keep(name, results)
}

/** Keeps figures in bench/results. */
export function keep(name, results) {
  const directory = new URL('../results/', import.meta.url)
  mkdirSync(directory, { recursive: true })
  writeFileSync(new URL(`${name}.json`, directory), `${JSON.stringify(results, null, 2)}\n`)
}
