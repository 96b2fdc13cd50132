import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NodeRequest } from './options.js'

/** A request as it came in, with what whoever stands in front of the library knows of it. */
export interface Arrival {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** The target of the request, whole: no framework has cut off what it mounted the library under. */
  readonly target: string
  readonly ip: string | undefined
  /** The bytes of the body, where something has read it before. */
  readonly bytes?: Uint8Array | undefined
}

/** A request of Node, or of a framework in its manner. */
export function arrivalOf(req: NodeRequest, res: ServerResponse): Arrival {
  const bytes = [req.rawBody, req.body].find((kept) => kept instanceof Uint8Array)
  return { req, res, target: req.originalUrl ?? req.url ?? '', ip: req.ip ?? req.socket.remoteAddress, bytes }
}

/**
 * The headers as they came, line by line: Node's own object keeps one of several `Authorization` lines and says nothing. Lines of
 * one name are joined by a comma, so that whoever parses a field that may stand once refuses two of them.
 */
export function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i] as string, rawHeaders[i + 1] as string]
    if (!name.startsWith(':')) headers.append(name, value)
  }
  return headers
}

/**
 * The URL of a target below the configured origin. `undefined` for a target that is no path, or that a URL would make another
 * path of (`/a/../b`, `\`), so that no two spellings lead to one place. A host in the target counts as little as `Host`.
 */
export function urlOf(target: string, origin: string): string | undefined {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '')
  const full = origin + path
  if (!path.startsWith('/') || !URL.canParse(full)) return undefined
  const { pathname, hash } = new URL(full)
  return pathname === path.split('?', 1)[0] && hash === '' ? full : undefined
}

/** The request for a handler; its body is read when the handler reads it. Throws where the fetch API knows no such request. */
export function requestOf(
  req: IncomingMessage,
  url: string,
  body: ReadableStream<Uint8Array> | undefined,
  signal: AbortSignal,
): Request {
  const { method = 'GET' } = req
  const init: RequestInit = { method, headers: headersOf(req), signal }
  if (body === undefined || method === 'GET' || method === 'HEAD') return new Request(url, init)
  return new Request(url, { ...init, body, duplex: 'half' })
}
