import { run } from '../shared/serve.js'
import { openStore } from '../shared/store.js'
import { loop } from './app.js'
import { sealingKey } from './sealing-key.js'

const { env } = process
await run(() => loop({ store: openStore(env.STORE), sealWith: [sealingKey(env)] }), env, 3001)
