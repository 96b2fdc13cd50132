import type { Context } from '../context.js'
import type { Paths } from '../paths.js'
import { deleteRegistration, readRegistration, replaceRegistration } from '../registration/manage.js'
import { register } from '../registration/register.js'
import type { Endpoint } from './endpoint.js'
import { jwks } from './jwks.js'
import { token } from './token.js'

export type { Peer } from './endpoint.js'

/** What is told apart of an endpoint. */
export interface EndpointRow {
  /** By method. What is not here is a 405 that says what is. */
  readonly methods: Readonly<Record<string, Endpoint>>
  /** Whether pages of other origins may call it. */
  readonly cors: boolean
  /** Whether it is there at all, by the options; it is, by default. */
  readonly isOffered?: (context: Context) => boolean
}

/** Every endpoint that the server answers itself; `authorize` and `verify` are pages of the host's. */
export const ENDPOINTS: { readonly [P in keyof Paths]?: EndpointRow } = {
  token: { methods: { POST: token }, cors: true },
  jwks: { methods: { GET: jwks }, cors: true },
  register: {
    methods: { POST: register, GET: readRegistration, PUT: replaceRegistration, DELETE: deleteRegistration },
    cors: true,
    isOffered: ({ registration }) => registration !== undefined,
  },
}
