import { loadavg } from 'node:os'
import { keep, print } from '../lib/print.js'
import { IN_FLIGHT, measureInFlight, measureOperation, OPERATIONS } from './speed.js'

/* ROUNDS: how often each has its turn. */
const rounds = Number(process.env.ROUNDS ?? 25)

await print('jwt', Object.keys(OPERATIONS), (operation) => measureOperation(operation, rounds))

const times = ({ wall, cpu }, floor) =>
  `${wall.toFixed(1).padStart(9)} µs ${(wall / floor.wall).toFixed(2).padStart(6)}x ${cpu.toFixed(1).padStart(9)} µs of CPU ${(cpu / floor.cpu).toFixed(2).padStart(6)}x`

const results = {}
for (const operation of Object.keys(IN_FLIGHT)) {
  results[operation] = await measureInFlight(operation, rounds)
  const [floor] = results[operation]
  console.log(`\n${operation}, 64 in flight`)
  for (const each of results[operation]) console.log(`  ${each.name.padEnd(24)}${times(each, floor)}`)
}
keep('jwt-in-flight', results)
console.log(`\nload average ${loadavg()[0].toFixed(1)}`)
