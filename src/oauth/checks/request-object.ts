import type { Parameters } from '../parameters.js'
import type { Rule } from '../refusal.js'

/** Request objects (RFC 9101) are not taken, and an address of one is never fetched: what a client has to keep from the browser, it pushes. */
export function checkRequestObject(parameters: Parameters): Rule | undefined {
  if (parameters.has('request')) return 'request_object'
  return parameters.has('request_uri') ? 'request_uri_foreign' : undefined
}
