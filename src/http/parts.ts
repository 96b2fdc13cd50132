import { TokenloopError } from '../core/errors.js'
import { checkPart } from '../core/options.js'

/** Who sent a request, as far as the connection says. */
export interface Peer {
  /** `req.ip` where the host or its framework set it, which knows its proxies; else the other end of the socket. */
  readonly ip: string | undefined
}

/** Answers a request, or `undefined` for one that is not its own. */
export type Handler = (request: Request, from: Peer) => Response | undefined | Promise<Response | undefined>

/** Whatever answers its own requests, and `undefined` to all others: an authorization server, a management API. */
export interface Mountable {
  handle(request: Request, from: Peer): Promise<Response | undefined>
}

/** What is mounted, by names of the host's. */
export type Parts = Readonly<Record<string, Mountable>>

/** Asks each part in turn, until one answers. Throws `invalid_option`. */
export function inTurn(parts: Parts): Handler {
  const mounted = Object.entries(parts ?? {}).map(([name, part]) => checkPart(name, part, 'handle'))
  return async (request, from) => {
    for (const part of mounted) {
      const response = await part.handle(request, from)
      if (response !== undefined) return response
    }
    return undefined
  }
}

/**
 * What a framework's own handler of errors is told of a part that failed: it may print it, or send it to the caller, so that it says what
 * the host can mend, and anything else only by its cause.
 */
export const toldOf = (error: unknown): Error =>
  error instanceof TokenloopError ? error : new Error('what is mounted failed to answer', { cause: error })
