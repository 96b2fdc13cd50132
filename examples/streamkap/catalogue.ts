import { defineCatalogue } from 'tokenloop'

/** What may be done in a project. A token has roles, and each role is what it is when a call is made. */
export const catalogue = defineCatalogue(
  {
    'pipelines:read': { description: 'See pipelines' },
    'pipelines:write': { description: 'Create and change pipelines', implies: ['pipelines:read'] },
  },
  { roles: { Admin: 'all', 'Read Only': ['pipelines:read'] } },
)

export type Scope = (typeof catalogue.names)[number]
