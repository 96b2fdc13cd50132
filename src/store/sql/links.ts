import { ALWAYS, type Chains, followChain, HANGS_ON, type Link, type Step } from '../chain.js'
import type { Kind } from '../records.js'
import type { Body } from './body.js'
import { createReader, type Found, joined } from './rows.js'
import { RECORDS } from './tables.js'

/** A record that another one hangs on: in which role, of which kind, and the parts of its id, columns among them as `{ column }`. */
interface LinkTo {
  readonly role: string
  readonly kind: Kind
  readonly id: readonly (string | { readonly column: string })[]
}

const tenant: LinkTo = { role: 'tenant', kind: 'account', id: ['tenant:', { column: 'tenant' }] }

/** `HANGS_ON`, as the columns tell it. */
const LINKS: { readonly [K in Kind]: readonly LinkTo[] } = {
  token: [{ role: 'owner', kind: 'account', id: [{ column: 'owner_kind' }, ':', { column: 'owner_id' }] }, tenant],
  account: [tenant],
  client: [tenant],
  grant: [
    { role: 'subject', kind: 'account', id: ['user:', { column: 'subject' }] },
    tenant,
    { role: 'client', kind: 'client', id: [{ column: 'client' }] },
  ],
  authorization: [{ role: 'grant', kind: 'grant', id: [{ column: 'grant_id' }] }],
  access: [{ role: 'authorization', kind: 'authorization', id: [{ column: 'authorization_id' }] }],
  key: [],
}

/** A row of a chain: its role, and the condition under which it is found. */
interface Joined {
  readonly role: string
  readonly kind: Kind
  readonly on: string
}

/** Identifiers without quotes know no case. */
const aliasOf = (role: string) => `of_${role.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`

function joinsOf(body: Body, kind: Kind, alias: string, tenantRole = 'tenant'): readonly Joined[] {
  return LINKS[kind].flatMap((link) => {
    const role = link.role === 'tenant' ? tenantRole : link.role
    const parts = link.id.map((part) => (typeof part === 'string' ? `'${part}'` : `${alias}.${part.column}`))
    const id = parts.length === 1 ? `${parts[0]}` : body.grammar.concat(...parts)
    const joined = { role, kind: link.kind, on: `${aliasOf(role)}.id = ${id}` }
    if (link.kind === 'account') return [joined]
    const further = link.kind === 'client' ? 'clientTenant' : 'tenant'
    return [joined, ...joinsOf(body, link.kind, aliasOf(role), further)]
  })
}

/** What is selected of the chain of a record, what is joined for it, and how it is read. */
export interface ChainQuery<K extends Kind> {
  /** The rows of the chain as JSON. */
  readonly rows: readonly string[]
  readonly joins: string
  /** `rows` are what was found, in the order of those that were selected. */
  read(found: Found<K>, rows: readonly unknown[]): Chains[K]
}

const READERS = Object.fromEntries(Object.entries(RECORDS).map(([kind, table]) => [kind, createReader(table)])) as {
  readonly [K in Kind]: (row: unknown) => Found<K> | undefined
}

export const readerOf = <K extends Kind>(kind: K) => READERS[kind]

/** The whole chain of the rows of an alias. */
export function chainQuery<K extends Kind>(body: Body, kind: K, alias: string): ChainQuery<K> {
  const links = joinsOf(body, kind, alias)
  const places = new Map(links.map(({ role }, place) => [role, place]))
  const found = links.map(({ role, kind, on }) =>
    joined(body.grammar, RECORDS[kind], body.name(RECORDS[kind]), aliasOf(role), on),
  )
  return {
    rows: found.map(({ row }) => row),
    joins: found.map(({ join }) => join).join(''),
    read(found, rows) {
      const chain: { [role: string]: Link } = { ...ALWAYS[kind] }
      followChain(stepsOf(found, kind), (role, { kind, id }) => {
        const link = READERS[kind](rows[places.get(role) as number])
        chain[role] = { kind, id, version: link?.version ?? 0, record: link?.record }
        return link && stepsOf(link, kind)
      })
      return chain as Chains[K]
    },
  }
}

/** A record that is corrupt hangs on nothing that could be told. */
function stepsOf<K extends Kind>({ record }: Found<K>, kind: K): readonly Step[] {
  try {
    return HANGS_ON[kind](record)
  } catch {
    return []
  }
}
