import type { Fetch } from '../../core/fetch-bytes.js'

/** What fetches for clients where the host brings nothing of its own: the guarded fetch where there is Node, nothing elsewhere. */
export type DefaultFetch = (() => Fetch) | undefined
