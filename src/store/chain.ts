import { type AccountRecord, accountId, type Kind, type Records } from './records.js'

/** A record that another one hangs on, as it was found; version 0 where there is none. */
export interface Link<K extends Kind = Kind> {
  readonly kind: K
  readonly id: string
  readonly version: number
  readonly record: Records[K] | undefined
}

/** What each kind hangs on, by role. A role is absent where the record has none, such as a token without a tenant. */
export interface Chains {
  readonly token: { readonly owner: Link<'account'>; readonly tenant?: Link<'account'> }
  readonly account: { readonly tenant?: Link<'account'> }
  readonly client: { readonly tenant?: Link<'account'> }
  readonly grant: {
    readonly subject?: Link<'account'>
    readonly tenant?: Link<'account'>
    readonly client: Link<'client'>
    readonly clientTenant?: Link<'account'>
  }
  readonly authorization: Chains['grant'] & { readonly grant: Link<'grant'> }
  readonly access: Chains['authorization'] & { readonly authorization: Link<'authorization'> }
  readonly key: Readonly<Record<never, never>>
}

/** A step of a chain: in which role, and which record. */
export interface Step {
  readonly role: string
  readonly kind: Kind
  readonly id: string
}

const ofTenant = (tenant: string | null): Step[] =>
  tenant === null ? [] : [{ role: 'tenant', kind: 'account', id: accountId({ kind: 'tenant', id: tenant }) }]

/**
 * What a record of each kind hangs on directly. `client`, `grant` and `authorization` are followed further; an account ends
 * the chain.
 */
export const HANGS_ON: { readonly [K in Kind]: (record: Records[K]) => readonly Step[] } = {
  token: ({ owner, tenant }) => [{ role: 'owner', kind: 'account', id: accountId(owner) }, ...ofTenant(tenant)],
  account: ({ tenant }) => ofTenant(tenant),
  client: ({ tenant }) => ofTenant(tenant),
  grant: ({ subject, tenant, client }) => [
    ...(subject === null
      ? []
      : [{ role: 'subject', kind: 'account', id: accountId({ kind: 'user', id: subject }) } as const]),
    ...ofTenant(tenant),
    { role: 'client', kind: 'client', id: client },
  ],
  authorization: ({ grant }) => [{ role: 'grant', kind: 'grant', id: grant }],
  access: ({ authorization }) => [{ role: 'authorization', kind: 'authorization', id: authorization }],
  key: () => [],
}

/** `HANGS_ON` for a record of any kind. */
export const stepsOf = <K extends Kind>(kind: K, record: Records[K]): readonly Step[] => HANGS_ON[kind](record)

const nothing = (kind: Kind): Link => Object.freeze({ kind, id: '', version: 0, record: undefined })

/** What a chain has by its type, even where the record that would name it is missing. */
export const ALWAYS: { readonly [K in Kind]?: { readonly [role: string]: Link } } = {
  authorization: { grant: nothing('grant'), client: nothing('client') },
  access: { authorization: nothing('authorization'), grant: nothing('grant'), client: nothing('client') },
}

/**
 * Goes through the whole chain of a record, from what it hangs on directly. `visit` says what the visited record hangs on in
 * its turn, where there is one.
 */
export function followChain(
  steps: readonly Step[],
  visit: (role: string, step: Step) => readonly Step[] | undefined,
  tenant: 'tenant' | 'clientTenant' = 'tenant',
): void {
  for (const step of steps) {
    const further = visit(step.role === 'tenant' ? tenant : step.role, step)
    // The tenant of a client is not that of what hangs on the client.
    if (further !== undefined && step.kind !== 'account') {
      followChain(further, visit, step.kind === 'client' ? 'clientTenant' : 'tenant')
    }
  }
}

/** Whether an account lets what hangs on it act. A missing service account never does. */
export function isActive(link: Link<'account'> | undefined): boolean {
  if (link === undefined) return true
  return link.record === undefined ? !link.id.startsWith('account:') : link.record.status === 'active'
}

/** An epoch of an account; 0 for one that has never been written. */
export const epochOf = (link: Link<'account'> | undefined, of: 'tokens' | 'grants'): number => link?.record?.[of] ?? 0

/** What a follower of the feed needs to judge all that hangs on an account. */
export const standingOf = ({ status, tokens, grants }: AccountRecord) => ({ status, epochs: { tokens, grants } })
