import { type ErrorCode, TokenloopError } from '../core/errors.js'

/** What goes wrong with a request before the library is asked, or on its way. */
export type HttpCode =
  | 'unauthorized'
  | 'invalid_signature'
  | 'insufficient_scope'
  | 'tenant_required'
  | 'method_not_allowed'
  | 'invalid_request'
  | 'invalid_json'
  | 'content_too_large'
  | 'unsupported_media_type'
  | 'request_timeout'
  | 'internal_error'

/** The stable `code` of a problem document. */
export type ProblemCode = ErrorCode | HttpCode

export interface Problem {
  readonly status: keyof typeof PHRASES
  /** For people; never a word of what the caller sent. */
  readonly detail: string
}

/** The reason phrases of RFC 9110: the titles of problems whose type is `about:blank` (RFC 9457 section 4.2.1). */
const PHRASES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const

/** What each code is over HTTP. What the caller cannot mend tells no more than that. */
export const PROBLEMS: { readonly [C in ProblemCode]: Problem } = {
  unauthorized: { status: 401, detail: 'A valid credential is required' },
  invalid_signature: { status: 403, detail: 'The request is not signed by whom it must come from' },
  insufficient_scope: { status: 403, detail: 'The caller does not have the scope that this needs' },
  tenant_required: { status: 403, detail: 'The caller acts in no tenant' },
  method_not_allowed: { status: 405, detail: 'The resource does not have this method' },
  invalid_request: { status: 400, detail: 'The request cannot be read' },
  invalid_json: { status: 400, detail: 'The body is not JSON in UTF-8 that names each member once' },
  content_too_large: { status: 413, detail: 'The body is too large' },
  unsupported_media_type: { status: 415, detail: 'The body must be application/json, without an encoding' },
  request_timeout: { status: 408, detail: 'The request did not arrive in time' },
  internal_error: { status: 500, detail: 'The request failed' },

  invalid_input: { status: 422, detail: 'A value is of the wrong type, shape or size' },
  invalid_name: { status: 422, detail: 'A name has 1 to 100 characters, and no control characters' },
  invalid_expiry: { status: 422, detail: 'An expiry is a moment in the future' },
  lifetime_not_allowed: { status: 422, detail: 'This lifetime cannot be chosen' },
  invalid_network: { status: 422, detail: 'A network is an IP address or a CIDR block' },
  invalid_limit: { status: 422, detail: 'A limit cannot be counted' },
  invalid_cursor: { status: 422, detail: 'No list handed out this cursor' },
  unknown_scope: { status: 422, detail: 'A scope is not in the catalogue' },
  unknown_role: { status: 422, detail: 'A role is not in the catalogue' },
  scope_not_allowed: { status: 403, detail: 'Nobody can give more than they have' },
  name_taken: { status: 409, detail: 'Another unrevoked token has this name' },
  not_found: { status: 404, detail: 'There is no such resource' },
  conflict: { status: 409, detail: 'Another change came first' },
  ended: { status: 409, detail: 'It was revoked or has expired, and takes no more changes' },
  owner_inactive: { status: 403, detail: 'The owner or tenant is not active' },
  not_sealed: { status: 409, detail: 'The secret was not kept' },
  key_unavailable: { status: 500, detail: 'The request failed' },
  invalid_key: { status: 500, detail: 'The request failed' },
  reserved_claim: { status: 500, detail: 'The request failed' },
  invalid_claim: { status: 500, detail: 'The request failed' },
  fetch_blocked: { status: 500, detail: 'The request failed' },
  body_read: { status: 500, detail: 'The request failed' },
  unavailable: { status: 503, detail: 'Try again later' },
  store_corrupt: { status: 503, detail: 'Try again later' },
  schema_missing: { status: 503, detail: 'Try again later' },
  schema_incomplete: { status: 503, detail: 'Try again later' },
  schema_too_new: { status: 503, detail: 'Try again later' },
  invalid_option: { status: 500, detail: 'The request failed' },
}

/** A part of the request that does not fit: a JSON pointer into the body, or the name of a query parameter. */
export type Misfit = { readonly pointer: string } | { readonly parameter: string }

/** What a problem says beyond its code. */
interface ProblemParts {
  readonly errors?: readonly Misfit[]
  readonly headers?: Readonly<Record<string, string>>
}

/** Ends a request with a problem. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: ProblemCode
  readonly errors: readonly Misfit[]
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ProblemCode, { errors = [], headers = {}, cause }: ProblemParts & { cause?: unknown } = {}) {
    super(PROBLEMS[code].detail, { cause })
    this.code = code
    this.errors = errors
    this.headers = headers
  }
}

/** Headers of every answer: nothing here is for a cache, and nothing is what it does not say it is. */
export const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const

/** Seconds after which a caller may try what was unavailable again. */
const RETRY_AFTER = '1'

/** The problem document of RFC 9457 for a code. A 401 names its `error` too, as clients of RFC 6750 look for it. */
export function problemResponse(code: ProblemCode, { errors = [], headers = {} }: ProblemParts = {}): Response {
  const { status, detail } = PROBLEMS[code]
  const body = {
    type: 'about:blank',
    title: PHRASES[status],
    status,
    detail,
    code,
    ...(status === 401 && { error: code }),
    ...(errors.length > 0 && { errors }),
  }
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...SAFE_HEADERS,
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(status === 503 && { 'retry-after': RETRY_AFTER }),
      ...headers,
    },
  })
}

/** The answer to a request that an error ended; a fault of this side is reported. */
export function faultResponse(error: unknown, report: (error: unknown) => void): Response {
  const code = error instanceof TokenloopError || error instanceof ProblemError ? error.code : 'internal_error'
  if (PROBLEMS[code].status >= 500) report(error)
  return problemResponse(code, error instanceof ProblemError ? error : {})
}
