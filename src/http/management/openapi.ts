import * as z from 'zod/mini'
import { PROBLEMS, type ProblemCode } from '../problems.js'
import type { Endpoint } from './endpoint.js'
import { groupBy } from './group.js'
import type { Context } from './options.js'
import { variablesOf } from './router.js'
import { AskedScope, documented, Id, ProblemDocument } from './schemas.js'

type Part = Readonly<Record<string, unknown>>

/** What an endpoint may answer by its kind. */
const ALWAYS: readonly ProblemCode[] = ['internal_error', 'unavailable']
const WITH_QUERY: readonly ProblemCode[] = ['invalid_input']
const WITH_BODY: readonly ProblemCode[] = [
  'invalid_request',
  'invalid_json',
  'content_too_large',
  'unsupported_media_type',
  'invalid_input',
]

/** The OpenAPI 3.1 document of a table, with the schemas that also check the requests. */
export function documentOf(
  endpoints: readonly Endpoint[],
  { basePath, catalogue, info }: Context,
): Record<string, unknown> {
  const paths = groupBy(endpoints, ({ path }) => basePath + path)
  return {
    openapi: '3.1.1',
    info: { ...info },
    paths: Object.fromEntries(
      [...paths].map(([path, rows]) => [
        path,
        Object.fromEntries(rows.map((row) => [row.method.toLowerCase(), operationOf(row)])),
      ]),
    ),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: namedSchemas(catalogue.names),
    },
  }
}

function operationOf(endpoint: Endpoint): Part {
  const { operation, summary, open, query, body, answer, status } = endpoint
  const parameters = [...pathParameters(endpoint), ...(query ? queryParameters(query) : [])]
  return {
    operationId: operation,
    summary,
    ...(!open && { security: [{ bearer: [] }] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: !body.safeParse(undefined).success, content: jsonOf(body) } }),
    responses: {
      [status]: { description: summary, ...(answer && { content: jsonOf(answer) }) },
      ...problemsOf(endpoint),
    },
  }
}

const jsonOf = (schema: z.ZodMiniType, type = 'application/json'): Part => ({ [type]: { schema: schemaOf(schema) } })

const pathParameters = (endpoint: Endpoint): readonly Part[] =>
  variablesOf(endpoint).map((name) => ({ name, in: 'path', required: true, schema: schemaOf(Id) }))

/** A query as parameters, each as the checked value is: a number, not the text it came as. */
function queryParameters(query: z.ZodMiniType): readonly Part[] {
  const { properties = {} } = z.toJSONSchema(query, { metadata: documented, io: 'output' })
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }))
}

/** A reference to a schema with a name, or the schema itself. */
function schemaOf(schema: z.ZodMiniType): Part {
  const id = documented.get(schema)?.id
  if (id !== undefined) return { $ref: refOf(id) }
  return bare(z.toJSONSchema(schema, { metadata: documented, io: 'input' }))
}

function namedSchemas(scopes: readonly string[]): Part {
  const { schemas } = z.toJSONSchema(documented, {
    metadata: documented,
    uri: refOf,
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === AskedScope) jsonSchema.enum = [...scopes]
    },
  })
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)]))
}

const refOf = (id: string) => `#/components/schemas/${id}`

/** A schema without what says that it stands alone. */
function bare({ $schema: _, $id: __, ...schema }: Part): Part {
  return schema
}

/** The problems that an endpoint may answer, by status. */
function problemsOf({ open, query, body, problems = [] }: Endpoint): Part {
  const codes = new Set<ProblemCode>([
    ...ALWAYS,
    ...(open ? [] : ['unauthorized' as const]),
    ...(query ? WITH_QUERY : []),
    ...(body ? WITH_BODY : []),
    ...problems,
  ])
  const byStatus = groupBy(codes, (code) => PROBLEMS[code].status)
  const content = jsonOf(ProblemDocument, 'application/problem+json')
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      { description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].detail}`).join('\n\n'), content },
    ]),
  )
}
