import type { Context } from '../context.js'
import type { Paths } from '../paths.js'
import { deleteRegistration, readRegistration, replaceRegistration } from '../registration/manage.js'
import { register } from '../registration/register.js'
import { device } from './device.js'
import type { Endpoint } from './endpoint.js'
import { introspect } from './introspect.js'
import { jwks } from './jwks.js'
import { par } from './par.js'
import { revocations } from './revocations.js'
import { revoke } from './revoke.js'
import { token } from './token.js'
import { userinfo } from './userinfo.js'

export type { Peer } from './endpoint.js'

/** What is told apart of an endpoint. */
export interface EndpointRow {
  /** By method. What is not here is a 405 that says what is; `HEAD` is there wherever `GET` is. */
  readonly methods: Readonly<Record<string, Endpoint>>
  /** Whether pages of other origins may call it. */
  readonly cors: boolean
  /** What the metadata of the server calls it (RFC 8414 section 2 and those that add to it). */
  readonly metadata?: string
  /** Whether it is there at all, as the server is set up; it is where this is absent. */
  readonly isServed?: (context: Context) => boolean
}

/** Every endpoint that the server answers itself; `authorize` and `verify` are pages of the host's. */
export const ENDPOINTS: { readonly [P in keyof Paths]?: EndpointRow } = {
  token: { methods: { POST: token }, cors: true, metadata: 'token_endpoint' },
  par: { methods: { POST: par }, cors: true, metadata: 'pushed_authorization_request_endpoint' },
  device: { methods: { POST: device }, cors: false, metadata: 'device_authorization_endpoint' },
  userinfo: {
    methods: { GET: userinfo, POST: userinfo },
    cors: true,
    metadata: 'userinfo_endpoint',
    isServed: ({ openid }) => openid !== undefined,
  },
  introspect: { methods: { POST: introspect }, cors: false, metadata: 'introspection_endpoint' },
  revoke: { methods: { POST: revoke }, cors: true, metadata: 'revocation_endpoint' },
  revocations: { methods: { GET: revocations }, cors: false },
  jwks: { methods: { GET: jwks }, cors: true, metadata: 'jwks_uri' },
  register: {
    methods: { POST: register, GET: readRegistration, PUT: replaceRegistration, DELETE: deleteRegistration },
    cors: true,
    metadata: 'registration_endpoint',
    isServed: ({ registration }) => registration !== undefined,
  },
}

/** Those that are there, as the server is set up. */
export const servedEndpoints = (context: Context): readonly (readonly [name: keyof Paths, row: EndpointRow])[] =>
  Object.entries(ENDPOINTS)
    .filter(([, row]) => row.isServed?.(context) ?? true)
    .map(([name, row]) => [name as keyof Paths, row])
