import { expect, it } from 'vitest'
import { diagnose } from './blocks.js'

const GIVEN = `import type { ManagementApi } from 'tokenloop/http'
import type { AuthorizationServer } from 'tokenloop/oauth'
import type { Guard } from 'tokenloop/resource'
declare const auth: AuthorizationServer
declare const api: ManagementApi
declare const guard: Guard<'issues:read'>`

const ON = {
  'Express 4': {
    types: { express: ['./node_modules/@types/express4/index.d.ts'] },
    host: `import express from 'express'
import { mount, requireScopes } from 'tokenloop/express'
const app = express().use(mount({ auth, api }))
app.get('/x', requireScopes(guard, 'issues:read', { cost: 2 }), (req, res) => void res.json(req.principal?.kind))`,
  },
  'Fastify 4': {
    types: { fastify: ['./node_modules/fastify4/fastify.d.ts'] },
    host: `import fastify from 'fastify'
import { mount, requireScopes } from 'tokenloop/fastify'
const app = fastify()
await app.register(mount({ auth, api }))
app.get('/x', { onRequest: requireScopes(guard, 'issues:read', { cost: 2 }) }, async (request) => request.principal?.kind)`,
  },
}

it.each(Object.entries(ON))(
  'a host compiles with the types of %s, and not with a misspelt scope',
  (_, { host, types }) => {
    const page = (code: string) => `\`\`\`ts\n${GIVEN}\n${code}\n\`\`\`\n`
    expect(diagnose(page(host), types)).toEqual([])
    expect(diagnose(page(host.replace('issues:read', 'issues:raed')), types)).not.toEqual([])
  },
  60_000,
)
