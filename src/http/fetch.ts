/**
 * A fetch for addresses that strangers chose.
 *
 * @module tokenloop/fetch
 */

export type { Fetch } from '../core/fetch-bytes.js'
export { type GuardedFetchOptions, guardedFetch } from './fetch/guarded-fetch.js'
