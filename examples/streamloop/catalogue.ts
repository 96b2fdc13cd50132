import { defineCatalogue } from 'tokenloop'

/** What an app or a token may do. No scope comes with another: whoever writes does not thereby read. */
export const catalogue = defineCatalogue(
  {
    'streamloop:read': { description: 'Read streams, destinations, playlists, and billing status' },
    'streamloop:write': { description: 'Create and control streams, destinations, and playlists' },
    'streamloop:destructive': { description: 'Delete streams and destinations', destructive: true },
    'streamloop:billing': { description: 'Read billing and usage, and create top-up links' },
  },
  { roles: { 'full access': 'all' } },
)

export type Scope = (typeof catalogue.names)[number]
export type Role = (typeof catalogue.roleNames)[number]
