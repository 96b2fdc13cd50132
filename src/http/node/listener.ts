import type { ServerResponse } from 'node:http'
import { LATE, withDeadline } from '../../core/deadline.js'
import { TokenloopError } from '../../core/errors.js'
import { type ProblemCode, problemResponse } from '../problems.js'
import { drain, IncomingBody } from './body.js'
import {
  createSettings,
  type Handler,
  type NodeListener,
  type NodeOptions,
  type NodeRequest,
  type Settings,
} from './options.js'
import { peerOf, requestOf, urlOf } from './request.js'
import { drop, send } from './send.js'

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
  const settings = createSettings(options)
  return (req, res, next) => {
    exchange(handler, settings, req, res).then(
      (answered) => answered || pass(res, next),
      (error) => {
        settings.report(error)
        res.destroy()
      },
    )
  }
}

function pass(res: ServerResponse, next: ((error?: unknown) => void) | undefined): void {
  if (next !== undefined) next()
  else send(res, problemResponse('not_found')).catch(() => res.destroy())
}

/** Whether the request was answered; not, where it is not the handler's own. */
async function exchange(handler: Handler, settings: Settings, req: NodeRequest, res: ServerResponse): Promise<boolean> {
  const url = urlOf(req, settings.origin)
  if (url === undefined) return false
  const body = new IncomingBody(req, settings.bodyLimit)
  const aborter = new AbortController()
  const onClose = () => res.writableFinished || aborter.abort()
  res.once('close', onClose)

  const response = await outcomeOf(handler, settings, req, url, body, aborter)
  if (response === undefined) {
    res.off('close', onClose)
    return false
  }
  // A connection whose request never came to its end is not to be used again.
  if (response.status === 408) res.setHeader('connection', 'close')
  await sendOr500(res, response, settings)
  drain(req, settings.timeout)
  return true
}

async function outcomeOf(
  handler: Handler,
  { timeout, report }: Settings,
  req: NodeRequest,
  url: string,
  body: IncomingBody,
  aborter: AbortController,
): Promise<Response | undefined> {
  const fail = (code: ProblemCode) => problemResponse(body.refusal ?? code)
  let request: Request
  try {
    request = requestOf(req, url, body.stream, aborter.signal)
  } catch {
    return fail('invalid_request')
  }
  try {
    const work = (async () => handler(request, peerOf(req)))()
    const answer: unknown = await withDeadline(() => work, timeout)
    if (answer === LATE) {
      const code = body.awaited ? 'request_timeout' : 'unavailable'
      if (code === 'unavailable') report(new Error('a handler took too long'))
      aborter.abort()
      work.then(drop, () => {})
      return fail(code)
    }
    if (answer === undefined || (answer instanceof Response && body.refusal === undefined)) return answer
    if (answer instanceof Response) drop(answer)
    else report(new TypeError('a handler answers a Response, or undefined'))
    return fail('internal_error')
  } catch (error) {
    if (body.refusal === undefined && !aborter.signal.aborted) report(error)
    return fail('internal_error')
  }
}

async function sendOr500(res: ServerResponse, response: Response, { report }: Settings): Promise<void> {
  try {
    await send(res, response)
  } catch (error) {
    if (!hasLeft(error)) report(error)
    drop(response)
    if (res.headersSent) res.destroy()
    else await send(res, problemResponse('internal_error'))
  }
}

/** Whether all that went wrong is that the client is no longer there. */
const hasLeft = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
