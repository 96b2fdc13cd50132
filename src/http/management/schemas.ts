import * as z from 'zod/mini'

/** What a schema is called in the document, and what it says beyond what is checked here. */
interface Meta {
  readonly id?: string
  readonly description?: string
  readonly minLength?: number
  readonly maxLength?: number
}

/** Every schema that the document names. */
export const documented = z.registry<Meta>()

/** A scope that is asked for; whether there is one of that name, the catalogue decides. */
export const AskedScope = z.string()
/** A name that is asked for; its length is in code points, which the library counts. */
const AskedName = z.string().register(documented, { minLength: 1, maxLength: 100 })
const AskedExpiry = z
  .nullable(z.iso.datetime({ offset: true }))
  .register(documented, { description: 'When it expires, in the future; null for never' })
const AskedLifetime = z
  .union([z.literal('never'), z.templateLiteral([z.int(), z.enum(['ms', 's', 'm', 'h', 'd', 'w', 'y'])])])
  .register(documented, { description: 'How long it lives, such as 90d, in place of expires_at' })
const EXPIRY = { expires_at: z.exactOptional(AskedExpiry), expires_in: z.exactOptional(AskedLifetime) }
const AskedScopes = z.array(AskedScope)

const Moment = z.iso.datetime()
const Scopes = z.array(z.string())

/** A path segment that names a record. */
export const Id = z.string().check(z.regex(/^[0-9A-Za-z_]{1,64}$/))

/** A whole number in a query, as it is written. */
const Count = z.pipe(
  z.pipe(
    z.string().check(z.regex(/^[1-9][0-9]{0,2}$/)),
    z.transform((digits: string) => Number(digits)),
  ),
  z.int().check(z.minimum(1), z.maximum(500)),
)

export const PageQuery = z.strictObject({
  limit: z.exactOptional(Count).register(documented, { description: 'Items at the most; 50 by default' }),
  cursor: z.exactOptional(z.string()).register(documented, { description: 'The next_cursor of the page before' }),
})

/** No body, or an empty object. */
export const Nothing = z.optional(z.strictObject({}))

export const NewToken = z
  .strictObject({ name: AskedName, scopes: AskedScopes, ...EXPIRY })
  .register(documented, { id: 'NewToken' })

export const NewAccountToken = z
  .strictObject({
    name: AskedName,
    scopes: z
      .exactOptional(AskedScopes)
      .register(documented, { description: 'Some of the account; by default all of them as they are now' }),
    ...EXPIRY,
  })
  .register(documented, { id: 'NewAccountToken' })

export const TokenChanges = z
  .strictObject({ name: z.exactOptional(AskedName), scopes: z.exactOptional(AskedScopes) })
  .register(documented, { id: 'TokenChanges', description: 'What is absent stays as it is' })

export const Token = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: Scopes,
    created_at: Moment,
    expires_at: z.nullable(Moment),
    last_used_at: z.nullable(Moment).register(documented, {
      description: 'Some seconds behind; null where it has not been used',
    }),
  })
  .register(documented, { id: 'Token' })

export const IssuedToken = z
  .extend(Token, { secret: z.string().register(documented, { description: 'Shown in this answer alone' }) })
  .register(documented, { id: 'IssuedToken' })

export const NewServiceAccount = z
  .strictObject({ name: AskedName, scopes: AskedScopes })
  .register(documented, { id: 'NewServiceAccount' })

export const ServiceAccountChanges = z
  .strictObject({ name: z.exactOptional(AskedName), scopes: z.exactOptional(AskedScopes) })
  .register(documented, {
    id: 'ServiceAccountChanges',
    description: 'What is absent stays as it is, and issued tokens keep what they have',
  })

export const ServiceAccount = z
  .object({ id: z.string(), name: z.string(), scopes: Scopes, created_at: Moment })
  .register(documented, { id: 'ServiceAccount' })

export const ScopeGroup = z
  .object({
    name: z.string(),
    scopes: z.array(z.object({ name: z.string(), description: z.string(), implies: Scopes })),
  })
  .register(documented, { id: 'ScopeGroup' })

/** A page of a list, newest first. */
const pageOf = <Item extends z.ZodMiniType>(item: Item) =>
  z.object({ data: z.array(item), next_cursor: z.nullable(z.string()) })

export const TokenPage = pageOf(Token).register(documented, { id: 'TokenPage' })
export const ServiceAccountPage = pageOf(ServiceAccount).register(documented, { id: 'ServiceAccountPage' })
export const ScopeGroups = pageOf(ScopeGroup).register(documented, { id: 'ScopeGroups' })

export const ProblemDocument = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int().check(z.minimum(400), z.maximum(599)),
    detail: z.string(),
    code: z.string().register(documented, { description: 'Stable, for programs' }),
    error: z.optional(z.string()).register(documented, { description: 'Of a 401: the code again' }),
    errors: z
      .optional(z.array(z.object({ pointer: z.optional(z.string()), parameter: z.optional(z.string()) })))
      .register(documented, { description: 'The places in the body or the query that do not fit' }),
  })
  .register(documented, { id: 'Problem', description: 'RFC 9457' })
