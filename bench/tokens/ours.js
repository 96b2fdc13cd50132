import { cached } from '../../dist/cache.js'
import { createTokens, defineCatalogue, memoryStore, user } from '../../dist/index.js'

const catalogue = defineCatalogue({
  'issues:read': { description: 'Read issues' },
  'issues:write': { description: 'Create and update issues', implies: ['issues:read'] },
})
const owner = user('u_42')
const by = user('u_42', { scopes: catalogue.names })
const SCOPES = ['issues:read']
const NEEDED = { scopes: SCOPES }

/** Its checks answered by a cache that is never cold, as they are in front of a database. */
export const oursCached = () => ours(cached(memoryStore(), { maxStaleness: '5m', max: 1_000_000 }))

export function ours(store = memoryStore()) {
  const tokens = createTokens({ store, catalogue, prefix: 'sl' })
  return {
    issue: async (name) => (await tokens.issue({ by, owner, name, scopes: SCOPES, expiresIn: '90d' })).secret.reveal(),
    verify: (text) => tokens.verify(text, NEEDED),
  }
}
