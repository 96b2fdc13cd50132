import { run } from '../shared/serve.js'
import { loop } from './app.js'
import { sealingKey } from './sealing-key.js'

const { env } = process
await run((store) => loop({ store, sealWith: [sealingKey(env)] }), env, 3001)
