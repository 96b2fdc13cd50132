import { defineCatalogue, user } from 'tokenloop'
import { createTestKit } from 'tokenloop/testing'

// What a kit hands out goes into a request as it is.
const kit = createTestKit({ catalogue: defineCatalogue({ 'issues:read': { description: 'Read issues' } }) })
new Request('https://rs.test', { headers: await kit.bearer(user('alice'), 'issues:read') })
const agent = await (await kit.client()).connect(user('alice'), 'issues:read')
new Request('https://rs.test', { headers: agent.headers })
