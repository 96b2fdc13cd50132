import { type Answer, plainHandlerOf } from '../../core/plain.js'
import { type Handler, inTurn, type Mountable, type Parts, type Peer, partsOf } from '../parts.js'
import type { Incoming } from './request.js'

export type Answered = Response | Answer | undefined

/** Answers a request as it came, or `undefined` for one that is not its own. */
export type Answering = (incoming: Incoming, from: Peer) => Promise<Answered>

/** A host's own handler, which may answer anything. */
export const answeringBy =
  (handler: Handler): Answering =>
  async (incoming, from) => {
    const answer: unknown = await handler(incoming.request(), from)
    if (answer === undefined || answer instanceof Response) return answer
    throw new TypeError('a handler answers a Response, or undefined')
  }

const answeringOf = (part: Mountable): Answering =>
  plainHandlerOf(part) ?? answeringBy((request, from) => part.handle(request, from))

/** Each part in turn. Throws `invalid_option`. */
export const answeringIn = (parts: Parts): Answering => inTurn(partsOf(parts).map(answeringOf))
