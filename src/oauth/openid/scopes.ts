import type { DescribedScope } from '../../core/catalogue.js'
import type { Context } from '../context.js'

/** The scopes of OpenID Connect (Core sections 5.4 and 11), which belong to no resource. A catalogue may say them in its own words. */
const OPENID_SCOPES: { readonly [name: string]: string } = {
  openid: 'Know who you are',
  profile: 'See your name and what else your profile says',
  email: 'See your email address',
  offline_access: 'Stay connected while you are away',
}

/** The scopes that this server knows besides those of its resources. */
export const protocolScopes = ({ openid }: Pick<Context, 'openid'>): readonly string[] =>
  openid === undefined ? [] : Object.keys(OPENID_SCOPES)

/** A scope in words, for a page; `undefined` for one that nobody knows. */
export function describeScope({ catalogue }: Context, scope: string): DescribedScope | undefined {
  if (catalogue.names.includes(scope)) return catalogue.describe(scope)
  const description = Object.hasOwn(OPENID_SCOPES, scope) ? OPENID_SCOPES[scope] : undefined
  return description === undefined ? undefined : { name: scope, description }
}
