import { lifetimesIn } from '../shared/lifetimes.js'
import { run } from '../shared/serve.js'
import { streamkap } from './app.js'

const { env } = process
await run((store) => streamkap({ store, lifetimes: lifetimesIn(env) }), env, 3002)
