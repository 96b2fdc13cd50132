import type { Parts } from '../parts.js'
import { answeringIn } from './answering.js'
import { listenerOf } from './listener.js'
import type { NodeListener, NodeOptions } from './options.js'

/**
 * Puts the library's own endpoints in front of a host's: each is asked in turn, and what none of them answers goes to `next`, or
 * is a 404. Throws `invalid_option`.
 *
 * @example
 * createServer(mount({ auth, api }, { origin: 'https://api.acme.dev' })).listen(8080)
 */
export const mount = (parts: Parts, options: NodeOptions = {}): NodeListener => listenerOf(answeringIn(parts), options)
