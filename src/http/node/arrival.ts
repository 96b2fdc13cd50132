import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NodeRequest } from './options.js'

/** A request as it came in, with what whoever stands in front of the library knows of it. */
export interface Arrival {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** The target of the request, whole: no framework has cut off what it mounted the library under. */
  readonly target: string
  readonly ip: string | undefined
  /** The bytes of the body, where something has read and kept them. */
  readonly bytes?: Uint8Array | undefined
}

/** A request of Node, or of a framework in its manner. */
export function arrivalOf(req: NodeRequest, res: ServerResponse): Arrival {
  const bytes = [req.rawBody, req.body].find((kept) => kept instanceof Uint8Array)
  return { req, res, target: req.originalUrl ?? req.url ?? '', ip: req.ip ?? req.socket.remoteAddress, bytes }
}
