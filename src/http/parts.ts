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

/** Throws `invalid_option` for what is no part. */
export const partsOf = (parts: Parts): readonly Mountable[] =>
  Object.entries(parts ?? {}).map(([name, part]) => checkPart(name, part, 'handle'))

/** Answers what is its own. */
type Ask<Asked, Given> = (asked: Asked, from: Peer) => Promise<Given | undefined>

/** Asks each in turn, until one answers. */
export const inTurn =
  <Asked, Given>(all: readonly Ask<Asked, Given>[]): Ask<Asked, Given> =>
  async (asked, from) => {
    for (const ask of all) {
      const given = await ask(asked, from)
      if (given !== undefined) return given
    }
    return undefined
  }

/**
 * What a framework's own handler of errors is told of a part that failed: it may print it, or send it to the caller, so that it says what
 * the host can mend, and anything else only by its cause.
 */
export const toldOf = (error: unknown): Error =>
  error instanceof TokenloopError ? error : new Error('what is mounted failed to answer', { cause: error })
