import type { Context } from '../context.js'
import type { Paths } from '../paths.js'
import { jwks } from './jwks.js'
import { token } from './token.js'

/** Who sent a request, as far as the host can say. */
export interface Peer {
  readonly ip?: string | undefined
}

/** What answers at a path, for one of its methods. Throws a `Refusal`. */
export type Endpoint = (context: Context, request: Request, from: Peer) => Promise<Response>

/** What is told apart of an endpoint. */
export interface EndpointRow {
  /** By method. What is not here is a 405 that says what is. */
  readonly methods: Readonly<Record<string, Endpoint>>
  /** Whether pages of other origins may call it. */
  readonly cors: boolean
}

/** Every endpoint that the server answers itself; `authorize` and `verify` are pages of the host's. */
export const ENDPOINTS: { readonly [P in keyof Paths]?: EndpointRow } = {
  token: { methods: { POST: token }, cors: true },
  jwks: { methods: { GET: jwks }, cors: true },
}
