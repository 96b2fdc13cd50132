import express from 'express'
import { mount, requireScopes } from 'tokenloop/express'
import { api, auth, guard, listening, origin, port } from './api.js'

const app = express()
app.use(mount({ auth, api }, { origin, onError: console.error })) // before `express.json()` and the like
app.use(express.json())

app.get('/issues', requireScopes(guard, 'issues:read'), (req, res) => {
  res.json({ issues: [], for: req.principal?.kind })
})

const server = app.listen(port, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) listening(address.port)
})
