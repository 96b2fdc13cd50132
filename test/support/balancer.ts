import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** One address in front of several servers, until the test is over: each request goes to the next one. */
export async function openBalancer() {
  const servers: URL[] = []
  let turn = 0
  const balancer = createServer((req, res) => {
    const server = servers[turn++ % servers.length]
    if (server === undefined) return void res.writeHead(503).end()
    const { method, url, rawHeaders } = req
    const passed = request(
      server,
      { ...(method && { method }), ...(url && { path: url }), headers: [...rawHeaders] },
      (from) => {
        res.writeHead(from.statusCode ?? 502, from.rawHeaders)
        from.pipe(res)
      },
    )
    passed.on('error', () => res.destroy())
    req.pipe(passed)
  })
  balancer.listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  onTestFinished(() => {
    balancer.closeAllConnections()
    balancer.close()
  })
  return {
    origin: `http://localhost:${(balancer.address() as AddressInfo).port}`,
    /** Puts one more server behind it. */
    add: (origin: string) => void servers.push(new URL(origin)),
  }
}
