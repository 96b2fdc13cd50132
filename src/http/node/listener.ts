import type { ServerResponse } from 'node:http'
import { TokenloopError } from '../../core/errors.js'
import type { Handler } from '../parts.js'
import { problemResponse } from '../problems.js'
import { type Answering, answeringBy } from './answering.js'
import { arrivalOf } from './arrival.js'
import { exchange, type Write } from './exchange.js'
import { createSettings, type NodeListener, type NodeOptions } from './options.js'
import { send } from './send.js'

/**
 * Puts a handler of fetch requests behind Node's `http` server, or into a chain of middleware: what it does not answer goes to
 * `next`, or is a 404. Every header line is kept, the body is read when the handler reads it, the request's signal tells of a
 * client that left, and what the handler throws is a 500 that says nothing. A body too large is a 413, an encoded one a 415, one
 * that does not come in time a 408, an answer that does not come in time a 503; one that something has read before is a 500, and `onError`
 * is told `body_read`, unless its bytes are at hand, as `req.rawBody` or a `req.body` that is a `Buffer`. Throws `invalid_option`.
 *
 * @example
 * const listener = toNodeListener(async (request) => (await api.handle(request)) ?? app(request), { origin: 'https://api.acme.dev' })
 * createServer(listener).listen(8080)
 */
export function toNodeListener(handler: Handler, options: NodeOptions = {}): NodeListener {
  if (typeof handler !== 'function') throw new TokenloopError('invalid_option', 'a listener needs a handler')
  return listenerOf(answeringBy(handler), options)
}

/** The same for what answers without a `Request`. Throws `invalid_option`. */
export function listenerOf(answering: Answering, options: NodeOptions): NodeListener {
  const settings = createSettings(options)
  return (req, res, next) => {
    const write: Write = (answer) => send(res, answer)
    exchange(answering, settings, arrivalOf(req, res), write)
      .catch(async (error) => {
        settings.report(error)
        await write(problemResponse('internal_error'))
        return true
      })
      .then(
        (isAnswered) => isAnswered || pass(res, next),
        () => res.destroy(),
      )
  }
}

function pass(res: ServerResponse, next: ((error?: unknown) => void) | undefined): void {
  if (next !== undefined) next()
  else send(res, problemResponse('not_found')).catch(() => res.destroy())
}
