import { guardedFetch as guarded } from '../fetch/guarded-fetch.js'
import type { DefaultFetch } from './engine.js'

export const guardedFetch: DefaultFetch = guarded
