import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TokenStore } from 'tokenloop'
import { type NodeListener, toNodeListener } from 'tokenloop/node'
import type { Handler } from './routes.js'
import { type OpenStore, openStore } from './store.js'

/** What an example is made of. */
export interface App {
  readonly handle: Handler
  /** Writes what is still in memory. After the last request. */
  close(): Promise<void>
}

/** The same, as a server of Node takes it. */
export interface Hosted {
  readonly listener: NodeListener
  close(): Promise<void>
}

export interface Served {
  readonly origin: string
  /** Takes no more requests, finishes those under way, and closes the app. */
  stop(): Promise<void>
}

/** Milliseconds for requests under way to finish in. */
const GRACE = 3000

/**
 * Serves an app that wants to know where it is, to this machine alone, since signing in takes no more than a name. Port 0 picks a
 * free one. What is asked before the app is ready waits for it.
 */
export async function host(make: (origin: string) => Hosted | Promise<Hosted>, port: number): Promise<Served> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const hosted = (async () => make(origin))()
  server.on('request', (req, res) => {
    hosted.then(
      ({ listener }) => listener(req, res),
      () => res.destroy(),
    )
  })
  const { close } = await hosted.catch((error) => {
    server.close()
    throw error
  })

  return {
    origin,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      setTimeout(() => server.closeAllConnections(), GRACE).unref()
      await closed
      await close()
    },
  }
}

const hosted = (app: App, origin: string): Hosted => ({
  listener: toNodeListener((request, { ip }) => app.handle({ request, url: new URL(request.url), ip }), {
    origin,
    onError: console.error,
  }),
  close: () => app.close(),
})

/** Serves an app to this machine alone. */
export const serve = (app: App, port: number): Promise<Served> => host((origin) => hosted(app, origin), port)

/** Runs an example, on the store that `STORE` names, until it is told to end. */
export async function runHost(
  make: (opened: OpenStore, origin: string) => Hosted | Promise<Hosted>,
  { PORT, STORE }: NodeJS.ProcessEnv,
  usualPort: number,
): Promise<void> {
  const port = portOf(PORT) ?? usualPort
  const opened = await openStore(STORE)
  const { origin, stop } = await host((at) => make(opened, at), port)
  const end = async () => {
    await stop()
    await opened.close()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end())
  console.log(`listening on ${origin}`)
}

/** The same for an app that does not care where it is. */
export const run = (makeApp: (store: TokenStore) => App, env: NodeJS.ProcessEnv, usualPort: number): Promise<void> =>
  runHost(({ store }, origin) => hosted(makeApp(store), origin), env, usualPort)

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new Error('PORT is a number from 0 to 65535')
  return Number(text)
}
