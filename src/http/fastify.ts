/**
 * Fastify 4 and 5 in front of the library.
 *
 * @module tokenloop/fastify
 */

import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Answer } from '../core/plain.js'
import type { Principal, PrincipalKind } from '../core/principal.js'
import type { Checks, Demands } from './demands.js'
import { answeringIn } from './node/answering.js'
import { exchange, type Write } from './node/exchange.js'
import { createSettings, type NodeOptions } from './node/options.js'
import { type Judge, judgeOf } from './node/require-scopes.js'
import { atHand, drop, isBare, linesOf } from './node/send.js'
import { type Parts, toldOf } from './parts.js'

export type { Requirements } from './demands.js'
export type { NodeOptions } from './node/options.js'
export type { Mountable } from './parts.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent the request, where `requireScopes` let it pass. */
    principal: Principal | null
  }
}

/**
 * Puts an authorization server and a management API, or whatever answers its own requests, into an app: each is asked in turn, before a
 * route is run or a body is parsed, and what none of them answers goes on. Registered on the app itself, it is for all of it, whatever
 * the prefix; addresses are those of `request.ip`, by the app's `trustProxy`. Hooks and headers of the app hold for its answers. What
 * fails goes to the app's handler of errors, as an error that holds no secret. Throws `invalid_option`.
 *
 * @example
 * await app.register(mount({ auth, api }, { origin: 'https://acme.dev' }))
 * app.get('/v1/issues', { onRequest: requireScopes(guard, 'issues:read') }, async (request) => request.principal)
 */
export function mount(parts: Parts, options: NodeOptions = {}): (app: FastifyInstance) => Promise<void> {
  const answering = answeringIn(parts)
  const settings = createSettings(options)
  const plugin = async (app: FastifyInstance): Promise<void> => {
    if (!app.hasRequestDecorator('principal')) app.decorateRequest('principal', null)
    app.addHook('onRequest', (request, reply, done) => {
      const write: Write = async (answer) => {
        const closed = closing(reply.raw)
        await send(reply, answer)
        await closed
      }
      exchange(answering, settings, { ...seen(request), res: reply.raw }, write).then(
        (isAnswered) => isAnswered || done(),
        (error) => done(toldOf(error)),
      )
    })
  }
  return Object.assign(plugin, PLUGIN)
}

/** What Fastify reads of a plugin: that its hooks are for the app that registers it, and what it is. */
const PLUGIN = {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'tokenloop',
  [Symbol.for('plugin-meta')]: { name: 'tokenloop', fastify: '4.x || 5.x' },
}

/**
 * A hook that lets pass what has a credential with all of these scopes, and answers everything else as the guard does. Whoever sent the
 * request is its `principal` from then on. As `onRequest` it comes before the body is read. Networks are compared with `request.ip`; each
 * request costs 1 of each limit, or what `cost` says, after the scopes, where also `acr` and `maxAge` may stand. What the guard throws goes
 * to the app's handler of errors. Throws `invalid_option` for what is no guard.
 *
 * @example
 * app.post('/v1/payouts', { onRequest: requireScopes(guard, 'payouts:write', { maxAge: '10m' }) }, handler)
 */
export function requireScopes<Scope extends string, Kind extends PrincipalKind>(
  guard: Checks<Scope, Kind>,
  ...demands: Demands<NoInfer<Scope>>
) {
  const judge = judgeOf(guard, demands)
  // No promise: from one, Fastify goes on to the route itself where the caller hangs up before the refusal is out.
  return (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void => {
    isAllowed(judge, request, reply).then((allowed) => {
      if (allowed) done()
    }, done)
  }
}

async function isAllowed<Scope extends string, Kind extends PrincipalKind>(
  judge: Judge<Scope, Kind>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  const access = await judge(seen(request))
  if (!access.ok) {
    await send(reply, access.response)
    return false
  }
  reply.headers(access.headers)
  request.principal = access.principal
  return true
}

/** Fastify answers in its own time: this is when it has, or when nobody is left to be answered. */
const closing = (res: ServerResponse): Promise<void> =>
  new Promise((resolve) => (res.destroyed ? resolve() : res.once('close', resolve)))

const seen = ({ raw, url, ip }: FastifyRequest) => ({ req: raw, target: url, ip })

/** Hands an answer to Fastify. Throws before anything is written where Node would not write it. */
async function send(reply: FastifyReply, answer: Response | Answer): Promise<void> {
  if (reply.sent || reply.raw.destroyed) return drop(answer)
  const lines = linesOf(answer)
  reply.code(answer.status)
  for (const [name, value] of lines) reply.header(name, value)
  const bare = isBare(answer, reply.request.method)
  if (bare) drop(answer)
  reply.send(bare ? undefined : await payloadOf(answer))
}

async function payloadOf({ body }: Response | Answer): Promise<Readable | Buffer | undefined> {
  if (body === null) return undefined
  // As bytes, which no serializer of the app takes for something else.
  if (typeof body === 'string') return Buffer.from(body)
  const { chunks, isAll } = await atHand(body)
  return isAll ? Buffer.concat(chunks) : Readable.from(pieces(chunks, body), { objectMode: false })
}

async function* pieces(chunks: readonly Uint8Array[], rest: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* chunks
  yield* rest
}
