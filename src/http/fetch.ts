export type { Fetch } from '../core/fetch-bytes.js'
export { type GuardedFetchOptions, guardedFetch } from './fetch/guarded-fetch.js'
