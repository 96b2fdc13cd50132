import { createServer } from 'node:http'
import { type GuardedRequest, mount, requireScopes } from 'tokenloop/node'
import { api, auth, guard, listening, origin, port } from './api.js'

const endpoints = mount({ auth, api }, { origin, onError: console.error })
const mayRead = requireScopes(guard, 'issues:read')

const server = createServer((req: GuardedRequest, res) => {
  endpoints(req, res, () => {
    if (req.url !== '/issues') return res.writeHead(404).end()
    mayRead(req, res, (error) => {
      if (error !== undefined) return res.writeHead(500).end()
      res.setHeader('content-type', 'application/json').end(JSON.stringify({ issues: [], for: req.principal?.kind }))
    })
  })
})

server.listen(port, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) listening(address.port)
})
