import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { type Context, Hono } from 'hono'
import { mount, requireScopes } from 'tokenloop/hono'
import { api, auth, guard, listening, port } from './api.js'

const ip = (c: Context) => getConnInfo(c).remote.address // behind a proxy: what yours says

const app = new Hono()
app.use(mount({ auth, api }, { ip }))

app.get('/issues', requireScopes(guard, 'issues:read', { ip }), (c) =>
  c.json({ issues: [], for: c.var.principal.kind }),
)

serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, (address) => listening(address.port))
