import type { ServerResponse } from 'node:http'
import { createTokens, type Principal, type TokenStore } from 'tokenloop'
import { managementApi } from 'tokenloop/http'
import { type NodeRequest, requireScopes } from 'tokenloop/node'
import { apiTokens, createGuard } from 'tokenloop/resource'
import { catalogue } from './catalogue.js'
import { some } from './expect.js'

const tokens = createTokens({ store: some<TokenStore>(), catalogue, prefix: 'cl' })
const guard = createGuard({ resource: 'https://api.acme.dev', catalogue, accept: [] })
const authenticate = () => null

managementApi({ tokens, catalogue, authenticate, accountsScope: 'issues:write' })
// @ts-expect-error a misspelt scope does not become one of the catalogue
managementApi({ tokens, catalogue, authenticate, accountsScope: 'issues:reed' })

requireScopes(guard, 'issues:read', 'issues:write')
// @ts-expect-error a misspelt scope does not become one of the guard
requireScopes(guard, 'issues:reed')
// @ts-expect-error a request needs scopes that there are
guard.check(some<Request>(), 'issues:reed')

// A host whose requests have a principal of any kind may put a guard of one kind in front of some.
const hostRequest = some<NodeRequest & { principal?: Principal | undefined }>()
const ofTokens = createGuard({ resource: 'https://api.acme.dev', catalogue, accept: [apiTokens(tokens)] })
requireScopes(ofTokens, 'issues:read')(hostRequest, some<ServerResponse>(), () => {})
