import { defineCatalogue } from 'tokenloop'

/** What a credential of this product may do. */
export const catalogue = defineCatalogue({
  'notes:read': { description: 'Read notes' },
  'notes:write': { description: 'Write notes', implies: ['notes:read'] },
})
export type Scope = (typeof catalogue.names)[number]
