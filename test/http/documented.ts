import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect } from 'vitest'

/** All that a body may have, by the names on the wire; which of it there is, the document says. */
export interface Body {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly created_at: string
  readonly expires_at: string | null
  readonly last_used_at: string | null
  readonly secret: string
  readonly data: readonly Body[]
  readonly next_cursor: string | null
  readonly code: string
  readonly detail: string
  readonly errors: readonly object[]
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Body
}

interface Operation {
  readonly operationId: string
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>
}

export interface Document {
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly schemas: Record<string, object> }
}

export const documentOf = (api: { openapi(): object }): Document => api.openapi() as Document

/** Formats and patterns say the same here; the patterns are checked. */
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })

/** Holds an answer against what the document says of its endpoint: the status, the media type, and each member. */
export function expectDocumented(
  document: Document,
  method: string,
  pathname: string,
  { status, headers, text, body }: Answer,
) {
  expect(headers.get('cache-control'), 'nothing here is for a cache').toBe('no-store')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  const operation = operationOf(document, method === 'HEAD' ? 'GET' : method, pathname)
  if (operation === undefined) return expect([404, 405]).toContain(status)

  const response = operation.responses[status]
  expect(response, `${operation.operationId} says nothing of a ${status}: ${text}`).toBeDefined()
  if (method === 'HEAD' || response?.content === undefined) return expect(text).toBe('')
  const [type, { schema }] = Object.entries(response.content)[0] as [string, { schema: object }]
  expect(headers.get('content-type')).toBe(type)
  const validate = validatorOf(schema, document)
  expect(validate(body), `${operation.operationId}: ${JSON.stringify(validate.errors)} in ${text.slice(0, 500)}`).toBe(
    true,
  )
}

const validators = new WeakMap<object, ValidateFunction>()

function validatorOf(schema: object, document: Document): ValidateFunction {
  const known = validators.get(schema)
  const validate = known ?? ajv.compile({ ...closed(schema), components: closed(document.components) })
  validators.set(schema, validate)
  return validate
}

function operationOf({ paths }: Document, method: string, pathname: string): Operation | undefined {
  const literal = paths[pathname]
  const [, item] = Object.entries(paths).find(([path]) =>
    new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[0-9A-Za-z_]{1,64}')}$`).test(pathname),
  ) ?? [undefined, undefined]
  return (literal ?? item)?.[method.toLowerCase()]
}

/** A schema that allows no member it does not name: the document leaves room for later members, and a test does not. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map((item) => closed(item)) as T
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)])
  const names = 'properties' in schema ? { additionalProperties: false } : {}
  return { ...names, ...Object.fromEntries(entries) }
}
