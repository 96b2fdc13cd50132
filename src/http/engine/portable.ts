import type { DefaultFetch } from './engine.js'

/** Without Node nobody can say where a name leads before it is connected to. */
export const guardedFetch: DefaultFetch = undefined
