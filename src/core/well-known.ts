/**
 * Where an issuer's metadata is looked for, in this order: between host and path under either name (RFC 8414 sections 3.1 and 5), and where
 * OpenID Connect Discovery section 4 appends its own.
 */
export function issuerAddresses({ origin, pathname }: URL): readonly string[] {
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    ...(path === '' ? [] : [`${origin}/.well-known/openid-configuration${path}`]),
    `${origin}${path}/.well-known/openid-configuration`,
  ]
}

/** Where a resource's metadata is: between host and path (RFC 9728 section 3.1). Only the slash of an empty path goes. */
export function resourceAddress({ origin, pathname, search }: URL): string {
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}${search}`
}
