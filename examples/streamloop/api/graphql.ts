import { buildSchema, GraphQLError, parse, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
import { createHandler } from 'graphql-http'
import type { Guard } from 'tokenloop/resource'
import type { Scope } from '../catalogue.js'
import type { Library } from '../data/library.js'
import { nameIn } from './input.js'
import { type Action, type Caller, callerOf, isAction, NEEDS } from './needs.js'
import { profile } from './rest.js'

/** The fields of `Query` and `Mutation` are the actions of `NEEDS`. */
const schema = buildSchema(`
  type Query { me: Me!  streams: [Stream!]!  playlists: [Playlist!]!  billing: Billing! }
  type Mutation { createStream(name: String!): Stream!  deleteStream(id: ID!): Boolean! }
  type Me { id: ID!  name: String!  scopes: [String!]! }
  type Stream { id: ID!  name: String!  status: String!  created_at: String! }
  type Playlist { id: ID!  name: String!  tracks: Int!  created_at: String! }
  type Billing { plan: String!  balance: Money!  hours_streamed: Int! }
  type Money { amount: String!  currency: String! }
`)

/** Longer documents are refused before they are looked at. */
const LIMITS = { maxTokens: 2000 }

type Context = { caller: Caller }

/** `POST /graphql`: a caller needs the scopes of all fields that the document asks for, before any of it is done. */
export function graphql(guard: Guard<Scope>, library: Library) {
  const handle = createHandler<Request, { readonly ip: string | undefined }, Context>({
    schema,
    rootValue: resolvers(library),
    parse: (source) => parse(source, LIMITS),
    async context({ raw, context }, { query }) {
      const access = await guard.check(raw, neededBy(query), { ip: context.ip })
      if (!access.ok) return [access.body, { status: access.status, statusText: '', headers: { ...access.headers } }]
      const caller = callerOf(access.principal)
      return caller === undefined ? [null, { status: 403, statusText: '' }] : { caller }
    },
    formatError: (error) =>
      error instanceof GraphQLError && error.originalError === undefined ? error : new GraphQLError('That failed'),
  })
  return async (request: Request, context: { readonly ip: string | undefined }): Promise<Response> => {
    const { method, url, headers } = request
    const [body, init] = await handle({ method, url, headers, body: () => request.text(), raw: request, context })
    return new Response(body, init)
  }
}

type Resolve = (input: { readonly name?: string; readonly id?: string }, context: Context) => unknown

const resolvers = (library: Library): Readonly<Record<Action, Resolve>> => ({
  me: (_, { caller }) => profile(caller),
  streams: (_, { caller }) => library.streams(caller.user),
  playlists: (_, { caller }) => library.playlists(caller.user),
  billing: (_, { caller }) => library.billing(caller.user),
  createStream: (input, { caller }) => library.addStream(caller.user, nameIn(input)),
  deleteStream: ({ id = '' }, { caller }) => library.removeStream(caller.user, id),
})

/** The scopes of all fields of the schema's roots in a document, whichever of its operations is to run. */
function neededBy(query: string): readonly Scope[] {
  const needed = new Set<Scope>()
  const types = new TypeInfo(schema)
  visit(
    parse(query, LIMITS),
    visitWithTypeInfo(types, {
      Field({ name: { value } }) {
        if (isRoot(types.getParentType()) && isAction(value)) needed.add(NEEDS[value])
      },
    }),
  )
  return [...needed]
}

const isRoot = (type: { readonly name: string } | null | undefined): boolean =>
  type != null && (type === schema.getQueryType() || type === schema.getMutationType())
