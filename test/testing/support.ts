import type { TestKit } from 'tokenloop/testing'

type Headers = Readonly<Record<string, string>> | { readonly authorization: string }

/** What the guard of a kit says of a request with these headers. */
export const accessOf = <Scope extends string, Role extends string, Named extends string>(
  kit: TestKit<Scope, Role, Named>,
  headers: Headers,
  scopes: Scope | readonly Scope[] = [],
) => kit.guard.check(new Request(`${kit.guard.resource}/issues`, { headers: { ...headers } }), scopes)

/** The status with which an API answers then. */
export async function codeOfAccess<Scope extends string, Role extends string, Named extends string>(
  kit: TestKit<Scope, Role, Named>,
  headers: Headers,
  scopes: Scope | readonly Scope[] = [],
): Promise<number> {
  const access = await accessOf(kit, headers, scopes)
  return access.ok ? 200 : access.response.status
}
