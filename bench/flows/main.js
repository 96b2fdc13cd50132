import { loadavg } from 'node:os'
import { print } from '../lib/print.js'
import { measureFlow, OPERATIONS } from './speed.js'

console.log(`load average ${loadavg()[0].toFixed(1)}`)
await print('flows', Object.keys(OPERATIONS), measureFlow)
console.log(`\nload average ${loadavg()[0].toFixed(1)}`)
