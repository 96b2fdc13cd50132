import type { Catalogue } from '../core/catalogue.js'
import type { Pepper } from '../core/digest.js'
import type { EventListener } from '../core/event.js'
import type { Nonces } from '../jwt/dpop/nonces.js'
import type { SigningKeys } from '../jwt/types.js'
import type { TokenStore } from '../store/store.js'
import type { UseOptions } from '../store/use.js'
import type { MetadataDocumentsOptions } from './documents/options.js'
import type { Lifetimes } from './lifetimes.js'
import type { OpenIdOptions } from './openid/options.js'
import type { Paths } from './paths.js'
import type { RegistrationOptions } from './registration/options.js'
import type { ResourceOptions } from './resources.js'

/** The options of `createAuthorizationServer`. */
export interface AuthorizationServerOptions<Scope extends string = string, Role extends string = string> {
  /** The identifier of the server (RFC 8414 section 2), as clients compare it. Nothing is ever taken from `Host`. */
  readonly issuer: string
  readonly store: TokenStore
  readonly catalogue: Catalogue<Scope, Role>
  /** The keys that sign access tokens and ID tokens; not needed where all resources take opaque tokens and there is no `openid`. */
  readonly keys?: SigningKeys
  /** The APIs that access tokens are for; the first is what a request without `resource` means. */
  readonly resources: readonly ResourceOptions<Scope>[]
  /** Where the endpoints are; below `/oauth` by default. */
  readonly paths?: Partial<Paths>
  /** What all credentials begin with, such as `acme`: one for each environment. */
  readonly prefix?: string
  /** Keys mixed into the digests; the first makes new ones. */
  readonly peppers?: readonly Pepper[]
  /** How long codes, tokens and the like live, where it is not as usual. */
  readonly lifetimes?: Partial<Lifetimes>
  /** Lets clients register themselves (RFC 7591): anybody, or who has an initial access token. Nobody by default. */
  readonly registration?: RegistrationOptions
  /** Accepts clients whose id is the address of a metadata document (CIMD). Not by default. */
  readonly metadataDocuments?: boolean | MetadataDocumentsOptions
  /** Demands nonces of its own in DPoP proofs (RFC 9449 section 8). */
  readonly nonces?: Nonces
  /** How the last use of connected apps is gathered before it is written. */
  readonly use?: UseOptions
  /** OpenID Connect: ID tokens for who asks for the scope `openid`, and the userinfo endpoint. Needs `keys`. */
  readonly openid?: OpenIdOptions
  /** Takes authorization requests from every client by way of the pushed ones alone (RFC 9126 section 5); false by default. */
  readonly requirePushedRequests?: boolean
  /** Told about every change, every refusal and every fault. */
  readonly onEvent?: EventListener
}
