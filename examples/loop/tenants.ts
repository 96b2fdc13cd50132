import type { UserName } from '../shared/users.js'

/** The stores, each with those who administer it. Everybody works in all of them. */
const ADMINISTRATORS = {
  acme: ['alice'],
  globex: [],
} as const satisfies Record<string, readonly UserName[]>

export type Tenant = keyof typeof ADMINISTRATORS

export const TENANTS = Object.keys(ADMINISTRATORS) as readonly Tenant[]

/** Tells the name of a store. */
export const isTenant = (name: unknown): name is Tenant => TENANTS.some((known) => known === name)

export const administers = (user: string, tenant: Tenant): boolean =>
  ADMINISTRATORS[tenant].some((administrator) => administrator === user)
