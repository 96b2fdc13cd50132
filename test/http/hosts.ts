import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createAdaptorServer } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import express5, { type ErrorRequestHandler, type RequestHandler } from 'express'
import express4 from 'express4'
import fastify5 from 'fastify'
import fastify4 from 'fastify4'
import { type Context, Hono } from 'hono'
import type { Principal } from 'tokenloop'
import * as forExpress from 'tokenloop/express'
import * as forFastify from 'tokenloop/fastify'
import * as forHono from 'tokenloop/hono'
import * as forNode from 'tokenloop/node'
import type { Guard } from 'tokenloop/resource'
import { onTestFinished } from 'vitest'

/** What stands behind a framework: the library's parts, the route `/guarded`, and `next` for everything else. */
export interface Made {
  readonly parts: forNode.Parts
  readonly options?: forNode.NodeOptions
  readonly guard?: Pick<Guard<string, 'token'>, 'check'>
  readonly scopes?: readonly string[]
  readonly requirements?: forNode.Requirements
}

/** Ways in. */
export interface Served {
  readonly url: string
  /** 0 where nothing listens. */
  readonly port: number
  readonly fetch: typeof fetch
  /** What the framework's own handler of errors was told. */
  readonly failures: readonly unknown[]
  close(): Promise<void>
}

/** A framework, and how somebody who uses it puts the library into an app. */
export interface Host {
  readonly name: string
  /** Serves until it is closed, and keeps no process alive. */
  start(made: Made): Promise<Served>
}

const nobody: NonNullable<Made['guard']> = { check: () => Promise.reject(new Error('no guard')) }

/** What `/guarded` answers to those who pass. */
const passed = (principal: Principal | null | undefined, body: string) => {
  const { owner, tokenId } = principal?.kind === 'token' ? principal : { owner: null, tokenId: null }
  return { by: owner, token: tokenId, body }
}
/** What everything answers that is not the library's. */
const nextTo = (method: string, url: string, body: string) => `next: ${method} ${url} ${body}`
const FAILED = 'something failed'

const node: Host = {
  name: 'Node',
  start({ parts, options, guard = nobody, scopes = [], requirements = {} }) {
    const failures: unknown[] = []
    const onError = (error: unknown) => {
      failures.push(error)
      return options?.onError?.(error)
    }
    const mounted = forNode.mount(parts, { ...options, onError })
    const guarded = forNode.requireScopes(guard, ...scopes, requirements)
    const fail = (res: ServerResponse, error: unknown) => {
      failures.push(error)
      res.writeHead(500).end(FAILED)
    }
    const server = createServer((req: forNode.GuardedRequest<'token'>, res) => {
      const next = async () => res.writeHead(404).end(nextTo(req.method ?? '', req.url ?? '', await text(req)))
      const pass = async () => res.end(JSON.stringify(passed(req.principal, await text(req))))
      if (req.url?.split('?')[0] !== '/guarded') return mounted(req, res, next)
      guarded(req, res, (error) => (error === undefined ? pass() : fail(res, error)))
    })
    return listening(server, failures)
  },
}

const express = (name: string, framework: typeof express5): Host => ({
  name,
  start({ parts, options, guard = nobody, scopes = [], requirements = {} }) {
    const failures: unknown[] = []
    const pass: RequestHandler = async (req, res) => void res.json(passed(req.principal, await text(req)))
    const next: RequestHandler = async (req, res) =>
      void res.status(404).send(nextTo(req.method, req.originalUrl, await text(req)))
    const fail: ErrorRequestHandler = (error, _req, res, _next) => {
      failures.push(error)
      res.status(500).send(FAILED)
    }
    const app = framework()
    app.use(forExpress.mount(parts, options))
    app.all('/guarded', forExpress.requireScopes(guard, ...scopes, requirements), pass)
    app.use(next)
    app.use(fail)
    return listening(createServer(app), failures)
  },
})

const fastify = (name: string, framework: typeof fastify5): Host => ({
  name,
  async start({ parts, options, guard = nobody, scopes = [], requirements = {} }) {
    const failures: unknown[] = []
    const app = framework({ forceCloseConnections: true })
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    app.setErrorHandler((error, _request, reply) => {
      failures.push(error)
      return reply.status(500).send(FAILED)
    })
    app.setNotFoundHandler(({ method, url, body }, reply) =>
      reply.status(404).send(nextTo(method, url, String(body ?? ''))),
    )
    await app.register(forFastify.mount(parts, options))
    app.all(
      '/guarded',
      { onRequest: forFastify.requireScopes(guard, ...scopes, requirements) },
      async ({ principal, body }) => passed(principal, String(body ?? '')),
    )
    await app.listen({ host: '127.0.0.1', port: 0 })
    return { ...(await listening(app.server, failures)), close: async () => void (await app.close()) }
  },
})

/** Where a request came from, which is known on a socket alone. */
const ip = (c: Context) => (c.env === undefined ? undefined : getConnInfo(c).remote.address)

function honoApp({ parts, guard = nobody, scopes = [], requirements = {} }: Made, failures: unknown[]): Hono {
  const app = new Hono()
  app.use(forHono.mount(parts, { ip }))
  app.all('/guarded', forHono.requireScopes(guard, ...scopes, { ...requirements, ip }), async (c) =>
    c.json(passed(c.var.principal, await c.req.text())),
  )
  app.notFound(async (c) => c.text(nextTo(c.req.method, c.req.path, await c.req.text()), 404))
  app.onError((error, c) => {
    failures.push(error)
    return c.text(FAILED, 500)
  })
  return app
}

const hono: Host = {
  name: 'Hono',
  start(made) {
    const failures: unknown[] = []
    const server = createAdaptorServer({ fetch: honoApp(made, failures).fetch, createServer })
    return listening(server as Server, failures)
  },
}

const honoDirect: Host = {
  name: 'Hono by fetch',
  async start(made) {
    const failures: unknown[] = []
    const app = honoApp(made, failures)
    const direct = async (input: string | URL | Request, init?: RequestInit) => app.fetch(new Request(input, init))
    return { url: 'http://localhost', port: 0, fetch: direct, failures, close: async () => {} }
  },
}

async function listening(server: Server, failures: readonly unknown[]): Promise<Served> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, fetch, failures, close: () => closed(server) }
}

export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** Those whose requests come to the library as Node has them. */
export const onNode: readonly Host[] = [
  node,
  express('Express 4', express4),
  express('Express 5', express5),
  fastify('Fastify 4', fastify4),
  fastify('Fastify 5', fastify5),
]
/** Those that listen. */
export const onSockets: readonly Host[] = [...onNode, hono]
export const hosts: readonly Host[] = [...onSockets, honoDirect]

/** Serves until the test ends. */
export async function served(host: Host, made: Made): Promise<Served> {
  const served = await host.start(made)
  onTestFinished(() => served.close())
  return served
}

export { node as nodeHost }
