import { defineCatalogue } from 'tokenloop'

/** What a token may be for, in the groups and the order in which people choose. Writing comes with reading. */
export const catalogue = defineCatalogue({
  'issues:read': { description: 'Read issues and their analysis', group: 'Data' },
  'issues:write': { description: 'Create and update issues', group: 'Data', implies: ['issues:read'] },
  'patterns:read': { description: 'Read patterns', group: 'Data' },
  'patterns:write': { description: 'Write patterns', group: 'Data', implies: ['patterns:read'] },
  'predictions:read': { description: 'Read predictions', group: 'Data' },
  'predictions:write': { description: 'Write predictions', group: 'Data', implies: ['predictions:read'] },
  'recommendations:read': { description: 'Read recommendations', group: 'Data' },
  'recommendations:write': { description: 'Write recommendations', group: 'Data', implies: ['recommendations:read'] },

  'integrations:read': { description: 'Read integrations and how they fare', group: 'Integrations' },
  'integrations:write': {
    description: 'Connect and disconnect integrations',
    group: 'Integrations',
    implies: ['integrations:read'],
  },

  'members:read': { description: 'See who is a member', group: 'Workspace' },
  'settings:read': { description: 'Read settings', group: 'Workspace' },
  'settings:write': { description: 'Change settings', group: 'Workspace', implies: ['settings:read'] },

  'assistant:use': { description: 'Ask the assistant', group: 'AI & Reports' },
  'reports:read': { description: 'Read reports', group: 'AI & Reports' },
  'reports:write': { description: 'Make reports', group: 'AI & Reports', implies: ['reports:read'] },

  'workspace:admin': { description: 'Manage members and service accounts', group: 'Admin' },
})

export type Scope = (typeof catalogue.names)[number]
