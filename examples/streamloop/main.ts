import { runHost } from '../shared/serve.js'
import { streamloop } from './app.js'
import { lifetimesIn, placesIn, sealingKey } from './config.js'
import { openRows } from './data/rows.js'

const { env } = process
await runHost(
  async ({ store, query }, origin) => {
    const rows = await openRows(query)
    const sealWith = [await sealingKey(env, rows)]
    return streamloop({ store, rows, sealWith, places: placesIn(env, origin), lifetimes: lifetimesIn(env) })
  },
  env,
  3002,
)
