import { lifetimesIn } from '../shared/lifetimes.js'
import { runHost } from '../shared/serve.js'
import { streamloop } from './app.js'
import { documentFetchIn, placesIn, sealingKey } from './config.js'
import { openRows } from './data/rows.js'

const { env } = process
await runHost(
  async ({ store, query }, origin) => {
    const rows = await openRows(query)
    const sealWith = [await sealingKey(env, rows)]
    const [places, lifetimes, fetchDocument] = [placesIn(env, origin), lifetimesIn(env), documentFetchIn(env)]
    return streamloop({ store, rows, sealWith, places, lifetimes, fetchDocument })
  },
  env,
  3002,
)
