import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { diagnose } from './support/compile.js'

const page = readFileSync(fileURLToPath(new URL('../docs/frameworks.md', import.meta.url)), 'utf8')
const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)

/** What the page leaves to its reader: a module `./tokens.js`. */
const READER = `
import type { AuthorizationServer } from 'tokenloop/oauth'
import type { ManagementApi } from 'tokenloop/http'
import type { Guard } from 'tokenloop/resource'
type Scope = 'issues:read' | 'issues:write'
declare const auth: AuthorizationServer
declare const api: ManagementApi
declare const guard: Guard<Scope>
`
const module = (code: string) => READER + code.replace(/^import .* from '\.\/tokens\.js'.*$/m, '')

it('the code of the page on frameworks compiles, and with a misspelt scope it would not', () => {
  expect(blocks.length).toBe(4)
  const misspelt = (blocks.find((code) => code.includes("'issues:read'")) ?? '').replace('issues:read', 'issues:raed')
  const decorated = { experimentalDecorators: true, erasableSyntaxOnly: false }
  const [wrong, ...right] = diagnose([misspelt, ...blocks].map(module), { options: decorated })
  expect(right).toEqual(blocks.map(() => []))
  expect(wrong).not.toEqual([])
}, 60_000)

it('a host compiles on Express 4 and on Fastify 4', () => {
  const onExpress = `
import express from 'express'
import { mount, requireScopes } from 'tokenloop/express'
const app = express().use(mount({ auth, api }))
app.get('/x', requireScopes(guard, 'issues:read', { cost: 2 }), (req, res) => void res.json(req.principal?.kind))`
  const onFastify = `
import fastify from 'fastify'
import { mount, requireScopes } from 'tokenloop/fastify'
const app = fastify()
await app.register(mount({ auth, api }))
app.get('/x', { onRequest: requireScopes(guard, 'issues:read', { cost: 2 }) }, async (request) => request.principal?.kind)`
  const paths = {
    express: ['./node_modules/@types/express4/index.d.ts'],
    fastify: ['./node_modules/fastify4/fastify.d.ts'],
  }
  expect(diagnose([onExpress, onFastify].map(module), { paths })).toEqual([[], []])
}, 60_000)
