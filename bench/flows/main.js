import { loadavg } from 'node:os'
import { print } from '../lib/print.js'
import { bundled } from '../tokens/load.js'
import { measureFlow, OPERATIONS } from './speed.js'

const HOST = `export { createAuthorizationServer } from './dist/oauth.js'`
const { gzip, packages } = await bundled({ host: HOST, without: ['zod', 'zod/mini', 'jose'] })
console.log(
  `the authorization server in a bundle without zod and jose; other packages: ${packages.join(', ') || 'none'}`,
)
console.log(`  ${(gzip / 1024).toFixed(1)} KB gzipped`)

console.log(`\nload average ${loadavg()[0].toFixed(1)}`)
await print('flows', Object.keys(OPERATIONS), measureFlow)
console.log(`\nload average ${loadavg()[0].toFixed(1)}`)
