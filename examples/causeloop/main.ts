import { run } from '../shared/serve.js'
import { causeloop } from './app.js'

await run((store) => causeloop({ store }), process.env, 3000)
