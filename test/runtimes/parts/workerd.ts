import { everywhere } from './everywhere.js'
import { doAll } from './part.js'

export default { test: () => doAll(everywhere) }
