import { print } from '../lib/print.js'
import { measureOperation, OPERATIONS } from './speed.js'

await print('tokens', Object.keys(OPERATIONS), measureOperation)
