import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TokenStore } from 'tokenloop'
import { toNodeListener } from 'tokenloop/node'
import type { Handler } from './routes.js'
import { openStore } from './store.js'

/** What an example is made of. */
export interface App {
  readonly handle: Handler
  /** Writes what is still in memory. After the last request. */
  close(): Promise<void>
}

export interface Served {
  readonly origin: string
  /** Takes no more requests, finishes those under way, and closes the app. */
  stop(): Promise<void>
}

/** Milliseconds for requests under way to finish in. */
const GRACE = 3000

/** Serves an app to this machine alone, since signing in takes no more than a name. Port 0 picks a free one. */
export async function serve(app: App, port: number): Promise<Served> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const handle = (request: Request, { ip }: { readonly ip: string | undefined }) =>
    app.handle({ request, url: new URL(request.url), ip })
  server.on('request', toNodeListener(handle, { origin, onError: console.error }))

  return {
    origin,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      setTimeout(() => server.closeAllConnections(), GRACE).unref()
      await closed
      await app.close()
    },
  }
}

/** Runs an example, on the store that `STORE` names, until it is told to end. */
export async function run(
  makeApp: (store: TokenStore) => App,
  { PORT, STORE }: NodeJS.ProcessEnv,
  usualPort: number,
): Promise<void> {
  const port = portOf(PORT) ?? usualPort
  const { store, close } = await openStore(STORE)
  const { origin, stop } = await serve(makeApp(store), port)
  const end = async () => {
    await stop()
    await close()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end())
  console.log(`listening on ${origin}`)
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new Error('PORT is a number from 0 to 65535')
  return Number(text)
}
