import { runHost } from '../shared/serve.js'
import { streamloop } from './app.js'
import { openRows } from './data/rows.js'

await runHost(
  async ({ store, query }, origin) => streamloop({ store, rows: await openRows(query), origin }),
  process.env,
  3002,
)
