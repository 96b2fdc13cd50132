/**
 * `node:http` and Express in front of the library.
 *
 * @module tokenloop/node
 */

export { toNodeListener } from './node/listener.js'
export { type Mountable, mount } from './node/mount.js'
export type { Handler, NodeListener, NodeOptions, NodeRequest, Peer } from './node/options.js'
export { type GuardedRequest, requireScopes } from './node/require-scopes.js'
export type { ErrorListener } from './report.js'
