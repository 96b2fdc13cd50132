/**
 * `node:http` in front of the library.
 *
 * @module tokenloop/node
 */

export type { Checks, Demands, Requirements } from './demands.js'
export { toNodeListener } from './node/listener.js'
export { mount } from './node/mount.js'
export type { NodeListener, NodeOptions, NodeRequest } from './node/options.js'
export { type GuardedRequest, requireScopes } from './node/require-scopes.js'
export type { Handler, Mountable, Parts, Peer } from './parts.js'
export type { ErrorListener } from './report.js'
