import { checkPart } from '../../core/options.js'
import { toNodeListener } from './listener.js'
import type { NodeListener, NodeOptions } from './options.js'

/** Whatever answers its own requests, and `undefined` to all others. */
export interface Mountable {
  handle(request: Request): Promise<Response | undefined>
}

/**
 * Puts the library's own endpoints in front of a host's: each is asked in turn, and what none of them answers goes to `next`, or
 * is a 404. Throws `invalid_option`.
 *
 * @example
 * app.use(mount({ api }, { origin: 'https://api.acme.dev' }))
 */
export function mount(parts: Readonly<Record<string, Mountable>>, options: NodeOptions = {}): NodeListener {
  const mounted = Object.entries(parts ?? {}).map(([name, part]) => checkPart(name, part, 'handle'))
  return toNodeListener(async (request) => {
    for (const part of mounted) {
      const response = await part.handle(request)
      if (response !== undefined) return response
    }
    return undefined
  }, options)
}
