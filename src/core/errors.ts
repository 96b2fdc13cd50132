/**
 * What a caller of the library can get wrong, or run into. The codes are stable; messages may change and never hold a
 * secret. `verify` and `check` never throw: their refusals are answers.
 *
 * | code | meaning |
 * |---|---|
 * | `invalid_option` | an option that a factory or a method does not know, or cannot work with |
 * | `invalid_input` | a value is of the wrong type, shape or size |
 * | `invalid_name` | a name is empty, too long, or has control characters or such as turn the direction of writing |
 * | `invalid_expiry` | an expiry is not a time in the future |
 * | `lifetime_not_allowed` | the host allows other lifetimes only |
 * | `invalid_network` | not an IP address or a CIDR block |
 * | `invalid_limit` | a rate limit or quota that cannot be counted |
 * | `invalid_cursor` | a cursor that no list handed out |
 * | `unknown_scope`, `unknown_role` | not in the catalogue |
 * | `scope_not_allowed` | the actor, or the service account, does not have it; or the actor is a user who is suspended or deleted, or a token that has ended, or is bound more than what it asks for |
 * | `name_taken` | another live token of that owner has the name |
 * | `not_found` | no such record, or one outside of what the actor may touch |
 * | `conflict` | somebody else's change came first |
 * | `ended` | the record was revoked or deleted, or has expired, and takes no more changes |
 * | `owner_inactive` | the owner or tenant is suspended or deleted |
 * | `not_sealed` | the secret was not kept, or its key is not at hand |
 * | `key_unavailable` | a signing key is kept, but the key that it is sealed with is missing or another one |
 * | `invalid_key` | not a key that can be used for ES256 |
 * | `reserved_claim` | a claim that the library or the protocol sets |
 * | `invalid_claim` | a claim that is missing, not of its type, or cannot be put into a token |
 * | `fetch_blocked` | an address that must not be fetched from: not `https:`, or not on the public internet |
 * | `body_read` | something of the host's read the body of a request before the library could |
 * | `unavailable` | the store, or a callback of the host, failed; try again later |
 * | `store_corrupt` | a stored record is not what the library wrote |
 * | `schema_missing` | the tables of the store are not there; `npx tokenloop migrate` makes them |
 * | `schema_incomplete` | some of the tables, columns, indexes or migrations are not there, or are not what this version made; see the message |
 * | `schema_too_new` | a newer version of the library migrated the tables |
 */
export type ErrorCode =
  | 'invalid_option'
  | 'invalid_input'
  | 'invalid_name'
  | 'invalid_expiry'
  | 'lifetime_not_allowed'
  | 'invalid_network'
  | 'invalid_limit'
  | 'invalid_cursor'
  | 'unknown_scope'
  | 'unknown_role'
  | 'scope_not_allowed'
  | 'name_taken'
  | 'not_found'
  | 'conflict'
  | 'ended'
  | 'owner_inactive'
  | 'not_sealed'
  | 'key_unavailable'
  | 'invalid_key'
  | 'reserved_claim'
  | 'invalid_claim'
  | 'fetch_blocked'
  | 'body_read'
  | 'unavailable'
  | 'store_corrupt'
  | 'schema_missing'
  | 'schema_incomplete'
  | 'schema_too_new'

/** Every error that the library throws. Switch on its `code`. */
export class TokenloopError extends Error {
  override readonly name = 'TokenloopError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
