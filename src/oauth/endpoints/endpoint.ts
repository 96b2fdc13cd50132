import type { Answer, PlainRequest } from '../../core/plain.js'
import type { Context } from '../context.js'

/** Who sent a request, as far as the host can say. */
export interface Peer {
  readonly ip?: string | undefined
}

/** What answers at a path, for one of its methods. Throws a `Refusal`. */
export type Endpoint = (context: Context, request: PlainRequest, from: Peer) => Promise<Answer>
