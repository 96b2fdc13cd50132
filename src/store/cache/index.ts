/**
 * A bounded cache in front of a store, for checks alone.
 *
 * @module tokenloop/cache
 */

export { type CachedStore, type CacheOptions, cached } from './cached.js'
