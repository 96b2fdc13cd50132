import { print } from '../lib/print.js'
import { bundled, imported } from './load.js'
import { measureOperation, OPERATIONS } from './speed.js'

await print('tokens', Object.keys(OPERATIONS), measureOperation)

const { gzip, packages } = await bundled()
console.log('\nload')
console.log(
  `  bundled, minified and gzipped    ${(gzip / 1024).toFixed(1).padStart(12)} KB, other packages: ${packages.join(', ') || 'none'}`,
)
console.log(`  first import                     ${imported().toFixed(1).padStart(12)} ms`)
