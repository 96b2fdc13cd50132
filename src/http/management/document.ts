import * as z from 'zod/mini'
import { anyone } from './caller.js'
import { type Endpoint, endpoint } from './endpoint.js'

/** The description of the API by itself, made when it is first asked for. */
export function documentEndpoint(make: () => Record<string, unknown>): Endpoint {
  let made: Record<string, unknown> | undefined
  return endpoint({
    method: 'GET',
    path: '/openapi.json',
    operation: 'getDocument',
    summary: 'This document',
    open: true,
    admit: anyone,
    status: 200,
    answer: z.looseObject({}),
    run: async () => {
      made ??= make()
      return made
    },
  })
}
