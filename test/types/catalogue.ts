import { type Catalogue, defineCatalogue, type ParsedScopes } from 'tokenloop'
import { type Equal, holds, some } from './expect.js'

export const catalogue = defineCatalogue(
  {
    'issues:read': { description: 'Read issues', group: 'Data' },
    'issues:write': { description: 'Write issues', implies: ['issues:read'] },
  },
  { roles: { 'Read Only': ['issues:read'], Admin: 'all' } },
)

export type Scope = 'issues:read' | 'issues:write'
export type Role = 'Read Only' | 'Admin'

// The keys become the type, and neither any nor string.
holds<Equal<typeof catalogue, Catalogue<Scope, Role>>>()
holds<Equal<typeof catalogue.names, readonly Scope[]>>()
holds<Equal<typeof catalogue.roleNames, readonly Role[]>>()
holds<Equal<ReturnType<typeof catalogue.parse>, ParsedScopes<Scope>>>()
holds<Equal<ReturnType<typeof catalogue.resolve>, readonly Scope[]>>()
holds<Equal<ReturnType<typeof catalogue.narrow>, readonly Scope[]>>()
holds<Equal<(typeof catalogue.groups)[number]['scopes'][number]['name'], Scope>>()

// What comes from outside has the type only once it is parsed.
const parsed = catalogue.parse(some<unknown>())
if (parsed.ok) holds<Equal<typeof parsed.scopes, readonly Scope[]>>()
else holds<Equal<typeof parsed.reason, 'malformed' | 'unknown'>>()
// @ts-expect-error a refused list has no scopes
parsed.scopes

// A name becomes a role by being asked about.
const name = some<string>()
if (catalogue.isRole(name)) holds<Equal<typeof name, Role>>()

// @ts-expect-error a misspelt scope does not compile
catalogue.describe('issues:reed')
// @ts-expect-error a role is not a scope
catalogue.describe('Admin')

defineCatalogue({
  a: { description: 'A' },
  // @ts-expect-error an implied scope must be one of the catalogue
  b: { description: 'B', implies: ['c'] },
})
// @ts-expect-error a role has scopes of the catalogue
defineCatalogue({ a: { description: 'A' } }, { roles: { r: ['b'] } })
// @ts-expect-error a role has a list of scopes, or all of them
defineCatalogue({ a: { description: 'A' } }, { roles: { r: 'some' } })
// @ts-expect-error a scope has a description
defineCatalogue({ a: {} })
// @ts-expect-error the names of a catalogue are not changed
catalogue.names.push('issues:read')

// Without roles there is none to name.
const plain = defineCatalogue({ a: { description: 'A' } })
holds<Equal<typeof plain, Catalogue<'a', never>>>()

// A catalogue that is read at run time has names of any text.
const read = defineCatalogue(some<Record<string, { description: string }>>())
holds<Equal<typeof read.names, readonly string[]>>()
