import { defineCatalogue } from 'tokenloop'

/** What of a store a token may be for. */
export const AREAS = ['subscriptions', 'orders', 'customers'] as const

export type Area = (typeof AREAS)[number]

/** Writing comes with reading. */
export const catalogue = defineCatalogue({
  'subscriptions:read': { description: 'Read subscriptions', group: 'Subscriptions' },
  'subscriptions:write': {
    description: 'Write subscriptions',
    group: 'Subscriptions',
    implies: ['subscriptions:read'],
  },
  'orders:read': { description: 'Read orders', group: 'Orders' },
  'orders:write': { description: 'Write orders', group: 'Orders', implies: ['orders:read'] },
  'customers:read': { description: 'Read customers', group: 'Customers' },
  'customers:write': { description: 'Write customers', group: 'Customers', implies: ['customers:read'] },
})

export type Scope = (typeof catalogue.names)[number]
