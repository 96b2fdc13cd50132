/** The error codes that go over the wire: RFC 6749, 6750, 7009, 7591, 8628, 8707, 9101, 9126, 9396, 9449, OpenID Connect Core, 'Unmet Authentication Requirements'. */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'unsupported_token_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'access_denied'
  | 'login_required'
  | 'consent_required'
  | 'unmet_authentication_requirements'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'registration_not_supported'
  | 'invalid_authorization_details'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  | 'temporarily_unavailable'
  | 'server_error'

/** The status of an error that is answered where it is (RFC 6749 section 5.2); 400 for those that are not here. */
export const STATUS: { readonly [E in OAuthError]?: number } = {
  invalid_client: 401,
  invalid_token: 401,
  insufficient_scope: 403,
  temporarily_unavailable: 503,
  server_error: 500,
}

/**
 * Every rule that can refuse a request: what is said on the wire, in characters that RFC 6749 section 5.2 allows, and never a word of
 * what was sent. The name of the rule is for the host's logs alone.
 */
export const RULES = {
  // The form of a request
  method_not_allowed: ['invalid_request', 'The endpoint does not have this method'],
  content_type: ['invalid_request', 'The body must be application/x-www-form-urlencoded'],
  content_type_json: ['invalid_request', 'The body must be application/json'],
  content_encoding: ['invalid_request', 'The body must not be encoded'],
  body_too_large: ['invalid_request', 'The body is too large'],
  unreadable: ['invalid_request', 'The request cannot be read'],
  parameter_repeated: ['invalid_request', 'A parameter is repeated'],
  parameter_missing: ['invalid_request', 'A parameter is missing'],
  parameter_too_long: ['invalid_request', 'A parameter is too long'],
  parameter_conflict: ['invalid_request', 'A parameter has two values'],

  // Clients
  client_unknown: ['invalid_client', 'The client could not be authenticated'],
  client_inactive: ['invalid_client', 'The client could not be authenticated'],
  document_not_fetched: ['invalid_client', 'The client could not be authenticated'],
  document_invalid: ['invalid_client', 'The client could not be authenticated'],
  documents_limited: ['temporarily_unavailable', 'Try again later'],
  client_authentication_repeated: ['invalid_request', 'The client authenticates in more than one way'],
  client_authentication_failed: ['invalid_client', 'The client could not be authenticated'],
  client_authentication_method: ['invalid_client', 'The client could not be authenticated'],
  client_not_allowed: ['unauthorized_client', 'The client may not do this'],

  // Authorization requests
  redirect_uri_missing: ['invalid_request', 'The redirect URI is missing'],
  redirect_uri_mismatch: ['invalid_request', 'The redirect URI is not registered'],
  response_type_unsupported: ['unsupported_response_type', 'The response type must be code'],
  response_mode_unsupported: ['invalid_request', 'The response mode must be query'],
  challenge_missing: ['invalid_request', 'A code challenge is needed'],
  challenge_method: ['invalid_request', 'The code challenge method must be S256'],
  challenge_malformed: ['invalid_request', 'The code challenge is not one of S256'],
  scope_malformed: ['invalid_scope', 'The scope is malformed'],
  scope_unknown: ['invalid_scope', 'A scope is not known here'],
  scope_not_allowed: ['invalid_scope', 'A scope is more than the client may have'],
  resource_malformed: ['invalid_target', 'A resource is malformed'],
  resource_unknown: ['invalid_target', 'A resource is not known here'],
  resource_several: ['invalid_target', 'An access token is for one resource'],
  request_object: ['request_not_supported', 'Request objects are not supported'],
  request_uri_foreign: ['request_uri_not_supported', 'The request URI is none of this server'],
  request_uri_unknown: ['invalid_request', 'The request URI is not valid any more'],
  authorization_details: ['invalid_authorization_details', 'Authorization details are not supported'],
  claims_unsupported: ['invalid_request', 'The claims parameter is malformed or not supported'],
  prompt_malformed: ['invalid_request', 'The prompt is malformed'],
  hint_invalid: ['invalid_request', 'The ID token hint is not one of the client'],
  max_age_malformed: ['invalid_request', 'The maximum age is malformed'],
  thumbprint_malformed: ['invalid_request', 'The thumbprint of the key is malformed'],
  pushed_request_needed: ['invalid_request', 'The request has to be pushed'],
  request_uri_pushed: ['invalid_request', 'A pushed request has no request URI'],
  pushed_key_mismatch: ['invalid_dpop_proof', 'The DPoP proof is by another key'],
  login_required: ['login_required', 'The user has to sign in'],
  consent_required: ['consent_required', 'The user has to consent'],
  acr_unmet: ['unmet_authentication_requirements', 'The user did not sign in in the way that is asked for'],
  denied: ['access_denied', 'The user did not consent'],
  subject_inactive: ['access_denied', 'The user may not do this'],
  interaction_unknown: ['invalid_request', 'The request is not pending any more'],
  user_code_unknown: ['invalid_request', 'The code is not known, or not valid any more'],
  user_code_attempts: ['slow_down', 'Too many codes were tried'],
  interaction_outdated: ['access_denied', 'What the request hangs on has changed'],

  // Token requests
  grant_type_unsupported: ['unsupported_grant_type', 'The grant type is not supported'],
  code_unknown: ['invalid_grant', 'The code is not valid'],
  code_expired: ['invalid_grant', 'The code is not valid'],
  code_used: ['invalid_grant', 'The code is not valid'],
  code_attempts: ['invalid_grant', 'The code is not valid'],
  code_of_another: ['invalid_grant', 'The code is not valid'],
  code_redirect_uri: ['invalid_grant', 'The code is not valid'],
  verifier_malformed: ['invalid_grant', 'The code verifier is not valid'],
  verifier_mismatch: ['invalid_grant', 'The code verifier is not valid'],
  refresh_unknown: ['invalid_grant', 'The refresh token is not valid'],
  refresh_expired: ['invalid_grant', 'The refresh token is not valid'],
  refresh_of_another: ['invalid_grant', 'The refresh token is not valid'],
  refresh_reused: ['invalid_grant', 'The refresh token is not valid'],
  grant_ended: ['invalid_grant', 'The grant is not valid any more'],
  authorization_pending: ['authorization_pending', 'The user has not answered yet'],
  slow_down: ['slow_down', 'The client asks too often'],
  device_code_unknown: ['invalid_grant', 'The device code is not valid'],
  device_code_of_another: ['invalid_grant', 'The device code is not valid'],
  device_code_used: ['invalid_grant', 'The device code is not valid'],
  device_code_expired: ['expired_token', 'The device code is not valid any more'],

  // Keys that tokens are bound to
  proof_invalid: ['invalid_dpop_proof', 'The DPoP proof is not valid'],
  proof_missing: ['invalid_dpop_proof', 'A DPoP proof is needed'],
  proof_nonce: ['use_dpop_nonce', 'The DPoP proof needs another nonce'],
  key_mismatch: ['invalid_grant', 'The key is another one'],

  // Access tokens that are sent to this server
  token_missing: ['invalid_token', 'A valid access token is needed'],
  token_invalid: ['invalid_token', 'A valid access token is needed'],
  token_scope: ['insufficient_scope', 'The access token does not allow this'],
  token_of_another: ['unauthorized_client', 'The token is that of another client'],
  token_type_unsupported: ['unsupported_token_type', 'Tokens of this type cannot be revoked'],

  // Registration
  registration_closed: ['access_denied', 'Clients cannot register here'],
  redirect_uri_invalid: ['invalid_redirect_uri', 'A redirect URI cannot be registered'],
  client_metadata_invalid: ['invalid_client_metadata', 'The metadata cannot be registered'],
  registration_refused: ['access_denied', 'The client may not register'],
  registration_limited: ['temporarily_unavailable', 'Too many clients register'],

  // What nobody who asks can mend
  unavailable: ['temporarily_unavailable', 'Try again later'],
  server_error: ['server_error', 'The request failed'],
} as const satisfies { readonly [rule: string]: readonly [OAuthError, string] }

/** The name of the rule that refused a request. */
export type Rule = keyof typeof RULES

/** What a rule says on the wire. */
export const errorOf = (rule: Rule): { readonly error: OAuthError; readonly description: string } => {
  const [error, description] = RULES[rule]
  return { error, description }
}

/** Why an answer refuses: for the host's own logs, and never for the wire. */
export interface Explanation {
  /** The endpoint, or `authorize`, `decide` or `device`. */
  readonly endpoint: string
  /** The rule that was broken. */
  readonly rule: Rule
  /** What the client was told. */
  readonly error: OAuthError
  readonly description: string
  /** What it was about, in names and ids: the client, the parameter, the fault of the store. */
  readonly detail: string | undefined
}

/**
 * Ends the work on a request, inside of this folder alone: every public function answers instead. It is no `Error`, for it is none, and
 * needs no stack.
 */
export class Refusal {
  readonly rule: Rule
  /** More for the host's logs, in names and ids. */
  readonly detail: string | undefined
  /** Headers of the answer, such as a challenge. */
  readonly headers: Readonly<Record<string, string>>
  /** Another status than the error's. */
  readonly status: number | undefined

  constructor(
    rule: Rule,
    {
      detail,
      headers = {},
      status,
    }: { detail?: string; headers?: Readonly<Record<string, string>>; status?: number } = {},
  ) {
    this.rule = rule
    this.detail = detail
    this.headers = headers
    this.status = status
  }
}

/** The status of its answer. */
export const statusOf = ({ rule, status }: Refusal): number => status ?? STATUS[errorOf(rule).error] ?? 400

/** Ends the work where a check names the rule that is broken. */
export function demand(broken: Rule | undefined): void {
  if (broken !== undefined) throw new Refusal(broken)
}
