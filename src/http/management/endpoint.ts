import type * as z from 'zod/mini'
import type { ProblemCode } from '../problems.js'
import type { Admit, Caller } from './caller.js'
import { checked } from './input.js'
import type { Context } from './options.js'

type Schema = z.ZodMiniType | undefined
type Of<S extends Schema> = S extends z.ZodMiniType ? z.output<S> : undefined
type Answer<S extends Schema> = S extends z.ZodMiniType ? Promise<z.output<S>> : Promise<void>

/** What the document says of an endpoint, and the router needs to know. */
export interface Facts {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the base path; `{id}` stands for the id of a record. */
  readonly path: string
  /** The operation's id in the document. */
  readonly operation: string
  readonly summary: string
  /** Whether nobody needs to be known for it. */
  readonly open?: boolean
  readonly status: 200 | 201 | 204
  /** What it may answer beyond what every endpoint of its kind may. */
  readonly problems?: readonly ProblemCode[]
}

/** What came with a request, unchecked. */
export interface Raw {
  readonly query: unknown
  readonly body: unknown
}

/** A row of the table. */
export interface Endpoint extends Facts {
  readonly query: z.ZodMiniType | undefined
  readonly body: z.ZodMiniType | undefined
  readonly answer: z.ZodMiniType | undefined
  /** Lets the caller in or throws why not, before anything of the request is read; what it returns answers. */
  readonly admit: (
    caller: Caller | undefined,
    context: Context,
  ) => (raw: Raw, ids: readonly string[]) => Promise<unknown>
}

interface Definition<Realm, Q extends Schema, B extends Schema, A extends Schema> extends Facts {
  readonly admit: Admit<Realm>
  readonly query?: Q
  readonly body?: B
  readonly answer?: A
  /** Answers what `answer` says, given the ids of the path in their order. */
  readonly run: (
    call: Realm & { readonly context: Context; readonly query: Of<Q>; readonly body: Of<B> },
    ...ids: string[]
  ) => Answer<A>
}

/** A row of the table, in which the schemas that check a request are the types of what runs. */
export function endpoint<
  Realm,
  Q extends Schema = undefined,
  B extends Schema = undefined,
  A extends Schema = undefined,
>({ admit, run, query, body, answer, ...facts }: Definition<Realm, Q, B, A>): Endpoint {
  return {
    ...facts,
    query,
    body,
    answer,
    admit: (caller, context) => {
      const realm = admit(caller, context)
      return (raw, ids) => {
        const input = {
          query: (query && checked(query, raw.query, 'parameter')) as Of<Q>,
          body: (body && checked(body, raw.body, 'pointer')) as Of<B>,
        }
        return run({ ...realm, context, ...input }, ...ids)
      }
    },
  }
}
