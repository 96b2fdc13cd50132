export { type CachedStore, type CacheOptions, cached } from './cached.js'
