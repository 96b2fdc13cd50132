import { run } from '../shared/serve.js'
import { openStore } from '../shared/store.js'
import { causeloop } from './app.js'

const { env } = process
await run(() => causeloop({ store: openStore(env.STORE) }), env, 3000)
