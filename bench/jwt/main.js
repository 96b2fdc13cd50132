import { print } from '../lib/print.js'
import { measureOperation, OPERATIONS } from './speed.js'

await print('jwt', Object.keys(OPERATIONS), measureOperation)
