import type { ServerResponse } from 'node:http'
import { LATE, withDeadline } from '../../core/deadline.js'
import { TokenloopError } from '../../core/errors.js'
import type { Answer } from '../../core/plain.js'
import { type ProblemCode, problemResponse } from '../problems.js'
import { drain } from './body.js'
import {
  createSettings,
  type Handler,
  type NodeListener,
  type NodeOptions,
  type NodeRequest,
  type Peer,
  type Settings,
} from './options.js'
import { Incoming, peerOf, placeOf } from './request.js'
import { drop, send } from './send.js'

type Answered = Response | Answer | undefined

/** Answers a request as it came, or `undefined` for one that is not its own. */
export type Answering = (incoming: Incoming, from: Peer) => Promise<Answered>

/**
 * Puts a handler of fetch requests behind Node's `http` server, or into a chain of middleware: what it does not answer goes to
 * `next`, or is a 404. Every header line is kept, the body is read when the handler reads it, the request's signal tells of a
 * client that left, and what the handler throws is a 500 that says nothing. A body too large is a 413, an encoded one a 415, one
 * that does not come in time a 408, an answer that does not come in time a 503. Throws `invalid_option`.
 *
 * @example
 * const listener = toNodeListener(async (request) => (await api.handle(request)) ?? app(request), { origin: 'https://api.acme.dev' })
 * createServer(listener).listen(8080)
 */
export function toNodeListener(handler: Handler, options: NodeOptions = {}): NodeListener {
  if (typeof handler !== 'function') throw new TokenloopError('invalid_option', 'a listener needs a handler')
  return listenerOf(async (incoming, from) => checkedAnswer(await handler(incoming.request(), from)), options)
}

/** The same for what answers without a `Request`. Throws `invalid_option`. */
export function listenerOf(answering: Answering, options: NodeOptions): NodeListener {
  const settings = createSettings(options)
  return (req, res, next) => {
    exchange(answering, settings, req, res).then(
      (answered) => answered || pass(res, next),
      (error) => {
        settings.report(error)
        res.destroy()
      },
    )
  }
}

/** What a host's own handler answers may be anything. */
export function checkedAnswer(answer: unknown): Response | undefined {
  if (answer === undefined || answer instanceof Response) return answer
  throw new TypeError('a handler answers a Response, or undefined')
}

function pass(res: ServerResponse, next: ((error?: unknown) => void) | undefined): void {
  if (next !== undefined) next()
  else send(res, problemResponse('not_found')).catch(() => res.destroy())
}

/** Whether the request was answered; not, where it is not the handler's own. */
async function exchange(
  answering: Answering,
  settings: Settings,
  req: NodeRequest,
  res: ServerResponse,
): Promise<boolean> {
  const place = placeOf(req, settings.origin)
  if (place === undefined) return false
  const incoming = new Incoming(req, place, settings.bodyLimit)
  const onClose = () => res.writableFinished || incoming.abort()
  res.once('close', onClose)

  const answer = await outcomeOf(answering, settings, incoming, peerOf(req))
  if (answer === undefined) {
    res.off('close', onClose)
    return false
  }
  // A connection whose request never came to its end is not to be used again.
  if (answer.status === 408) res.setHeader('connection', 'close')
  await sendOr500(res, answer, settings)
  drain(req, settings.timeout)
  return true
}

async function outcomeOf(
  answering: Answering,
  { timeout, report }: Settings,
  incoming: Incoming,
  from: Peer,
): Promise<Answered> {
  const { body } = incoming
  const fail = (code: ProblemCode) => problemResponse(body.refusal ?? code)
  if (!incoming.isPossible) return fail('invalid_request')
  try {
    const work = answering(incoming, from)
    const answer = await withDeadline(() => work, timeout)
    if (answer === LATE) {
      const code = body.awaited ? 'request_timeout' : 'unavailable'
      if (code === 'unavailable') report(new Error('a handler took too long'))
      incoming.abort()
      work.then(drop, () => {})
      return fail(code)
    }
    if (answer === undefined || body.refusal === undefined) return answer
    drop(answer)
    return fail('internal_error')
  } catch (error) {
    if (body.refusal === undefined && !incoming.isAborted) report(error)
    return fail('internal_error')
  }
}

async function sendOr500(res: ServerResponse, answer: Response | Answer, { report }: Settings): Promise<void> {
  try {
    await send(res, answer)
  } catch (error) {
    if (!hasLeft(error)) report(error)
    drop(answer)
    if (res.headersSent) res.destroy()
    else await send(res, problemResponse('internal_error'))
  }
}

/** Whether all that went wrong is that the client is no longer there. */
const hasLeft = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
