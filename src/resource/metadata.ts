import { resourceAddress } from '../core/well-known.js'

/** The metadata of a protected resource (RFC 9728 section 2). */
export interface ResourceMetadata {
  readonly resource: string
  /** The issuers of the access tokens that are accepted; absent where none are. */
  readonly authorization_servers?: readonly string[]
  readonly scopes_supported: readonly string[]
  /** Tokens are taken from `Authorization: Bearer` alone, where they are: never from a form or a query. */
  readonly bearer_methods_supported: readonly 'header'[]
}

/**
 * Where the metadata of a resource is published: the well-known path is put between its host and its own path (RFC 9728 section 3.1).
 * `undefined` for an identifier that is no address, such as `urn:acme:api`.
 *
 * @example
 * metadataUrl('https://acme.dev/mcp')?.pathname   // '/.well-known/oauth-protected-resource/mcp'
 */
export function metadataUrl(resource: string): URL | undefined {
  const url = URL.canParse(resource) ? new URL(resource) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined
  return new URL(resourceAddress(url))
}
