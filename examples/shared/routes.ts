/** A request on its way to an answer. */
export interface Call {
  readonly request: Request
  readonly url: URL
  /** The address of the peer. */
  readonly ip: string | undefined
}

/** Answers a request, or leaves it to the next one with `undefined`. */
export type Handler = (call: Call) => Promise<Response | undefined>

/** Answers one route, given the variable segments of its path in their order. */
export type Route = (call: Call, ...segments: string[]) => Response | Promise<Response>

/**
 * A table of routes: method and path, with `*` for a segment that varies. `GET` answers `HEAD` too.
 *
 * @example
 * routes({ 'GET /tokens/*': (call, id) => showToken(call, id) })
 */
export function routes(table: Readonly<Record<string, Route>>): Handler {
  const rows = Object.entries(table).map(([row, route]) => ({ pattern: row.split(/[ /]+/), route }))
  return async (call) => {
    const { method } = call.request
    const actual = [method === 'HEAD' ? 'GET' : method, ...call.url.pathname.slice(1).split('/')]
    for (const { pattern, route } of rows) {
      const matches = pattern.length === actual.length && pattern.every((part, i) => part === '*' || part === actual[i])
      if (matches) return route(call, ...actual.filter((_, i) => pattern[i] === '*'))
    }
    return undefined
  }
}

/** Asks one handler after another, until one answers. */
export const inTurn =
  (...handlers: readonly Handler[]): Handler =>
  async (call) => {
    for (const handler of handlers) {
      const response = await handler(call)
      if (response !== undefined) return response
    }
    return undefined
  }
