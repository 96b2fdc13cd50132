import { checkPart } from '../../core/options.js'
import { plainHandlerOf } from '../../core/plain.js'
import { type Answering, checkedAnswer, listenerOf } from './listener.js'
import type { NodeListener, NodeOptions, Peer } from './options.js'

/** Whatever answers its own requests, and `undefined` to all others. */
export interface Mountable {
  handle(request: Request, from?: Peer): Promise<Response | undefined>
}

/**
 * Puts the library's own endpoints in front of a host's: each is asked in turn, and what none of them answers goes to `next`, or
 * is a 404. Throws `invalid_option`.
 *
 * @example
 * app.use(mount({ api }, { origin: 'https://api.acme.dev' }))
 */
export function mount(parts: Readonly<Record<string, Mountable>>, options: NodeOptions = {}): NodeListener {
  const mounted = Object.entries(parts ?? {}).map(([name, part]) => answeringOf(checkPart(name, part, 'handle')))
  return listenerOf(async (incoming, from) => {
    for (const answering of mounted) {
      const answer = await answering(incoming, from)
      if (answer !== undefined) return answer
    }
    return undefined
  }, options)
}

const answeringOf = (part: Mountable): Answering =>
  plainHandlerOf(part) ?? (async (incoming, from) => checkedAnswer(await part.handle(incoming.request(), from)))
