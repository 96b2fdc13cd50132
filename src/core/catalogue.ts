import { TokenloopError } from './errors.js'
import { optionsOf } from './options.js'
import { checkText } from './text.js'

/** What a scope is, in the words that a person reads before giving it away. */
export interface ScopeDefinition<Scope extends string = string> {
  /** Such as `Read issues`. */
  readonly description: string
  /** The heading it is listed under. */
  readonly group?: string
  /** Scopes that come with it. */
  readonly implies?: readonly Scope[]
  /** What it allows cannot be undone, such as to delete something: a consent page points it out. False by default. */
  readonly destructive?: boolean
}

/** A scope as a page lists it. */
export interface DescribedScope<Scope extends string = string> extends ScopeDefinition<Scope> {
  readonly name: Scope
}

/** Scopes that are listed under one heading. */
export interface ScopeGroup<Scope extends string = string> {
  readonly name: string
  readonly scopes: readonly DescribedScope<Scope>[]
}

/** Scopes of a list from outside, or why it is none. `which` is the offending entry where it is safe to show. */
export type ParsedScopes<Scope extends string> =
  | { readonly ok: true; readonly scopes: readonly Scope[] }
  | { readonly ok: false; readonly reason: 'malformed' | 'unknown'; readonly which?: string }

/** The scopes and roles of one product. It is data; its keys become a type, so that a misspelt scope does not compile. */
export interface Catalogue<Scope extends string = string, Role extends string = string> {
  /** Every scope, in the order of the definition. */
  readonly names: readonly Scope[]
  /** Every role, in the order of the definition. */
  readonly roleNames: readonly Role[]
  /** The groups in the order of their first scope; scopes without a group come under the empty name. */
  readonly groups: readonly ScopeGroup<Scope>[]
  /** A scope as it was defined. Throws `unknown_scope`. */
  describe(scope: Scope): DescribedScope<Scope>
  /** Unknown in, typed scopes or a reason out: a list, or the space-separated wire form of RFC 6749 section 3.3. */
  parse(value: unknown): ParsedScopes<Scope>
  /** The wire form of RFC 6749 section 3.3: without repetition, in the order of the definition. */
  format(scopes: readonly string[]): string
  /** What a holder of these scopes and roles may do: with all that they imply, unknown names left out, in order. */
  resolve(scopes: readonly string[], roles?: readonly string[]): readonly Scope[]
  /** The part of `scopes` that `ceiling` covers. Never more than either. */
  narrow(scopes: readonly string[], ceiling: readonly string[]): readonly Scope[]
  /** Whether a holder of `held` has all of `needed`. Empty `held` has nothing; empty `needed` needs nothing. */
  covers(held: readonly string[], needed: readonly string[]): boolean
  /** Whether a name is that of a role. */
  isRole(name: string): name is Role
}

/** A scope-token of RFC 6749 section 3.3: printable ASCII without space, `"` and `\`. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/
const DEFINITION = optionsOf<ScopeDefinition>('a scope', {
  description: true,
  group: true,
  implies: true,
  destructive: true,
})
const OPTIONS = optionsOf<{ readonly roles?: unknown }>('defineCatalogue', { roles: true })
const MOST_REQUESTED = 1000
const LONGEST_WIRE = 64 * 1024

/**
 * Defines the scopes and roles of a product. A role is a list of scopes, or `'all'`. Throws `invalid_option` for a name
 * that RFC 6749 does not allow, a role of unknown scopes, or an empty definition.
 *
 * @example
 * const catalogue = defineCatalogue({
 *   'issues:read':  { description: 'Read issues', group: 'Data' },
 *   'issues:write': { description: 'Create and update issues', group: 'Data', implies: ['issues:read'] },
 * }, { roles: { 'Read Only': ['issues:read'] } })
 */
export function defineCatalogue<const Scope extends string, const Role extends string = never>(
  definitions: { readonly [S in Scope]: ScopeDefinition<NoInfer<Scope>> },
  options: { readonly roles?: { readonly [R in Role]: readonly NoInfer<Scope>[] | 'all' } } = {},
): Catalogue<Scope, Role> {
  OPTIONS.check(options)
  const names = Object.keys(definitions ?? {}) as Scope[]
  const described = new Map<string, DescribedScope<Scope>>()
  for (const name of names) {
    DEFINITION.check(definitions[name])
    described.set(name, describedScope(name, definitions[name]))
  }
  const roles = new Map<string, readonly Scope[]>()
  for (const [role, granted] of Object.entries<readonly Scope[] | 'all'>(options.roles ?? {})) {
    if (granted !== 'all' && !Array.isArray(granted)) throw invalid(`the role "${role}" is a list of scopes, or 'all'`)
    roles.set(role, granted === 'all' ? names : [...granted])
  }
  checkDefinitions(described, roles)

  // A set of scopes is a number with one bit for each: sets are joined and compared for next to nothing, on every check of a token.
  const bits: Bits = new Map(names.map((name, i) => [name as string, 1n << BigInt(i)]))
  const closures: Bits = new Map(names.map((name) => [name as string, joined(closureOf(name, described), bits)]))
  const roleClosures: Bits = new Map([...roles].map(([role, granted]) => [role, joined(granted, closures)]))
  const listOf = listsOf(names)

  return Object.freeze({
    names: Object.freeze([...names]),
    roleNames: Object.freeze([...roles.keys()]) as readonly Role[],
    groups: groupsOf(described.values()),
    describe(scope: Scope) {
      const found = described.get(scope)
      if (found === undefined) throw new TokenloopError('unknown_scope', 'no such scope in the catalogue')
      return found
    },
    parse: (value: unknown) => parseScopes(value, bits) as ParsedScopes<Scope>,
    format: (scopes: readonly string[]) => listOf(joined(scopes, bits)).join(' '),
    resolve: (scopes: readonly string[], held: readonly string[] = []) =>
      listOf(joined(scopes, closures) | joined(held, roleClosures)),
    narrow: (scopes: readonly string[], ceiling: readonly string[]) =>
      listOf(joined(scopes, closures) & joined(ceiling, closures)),
    covers(held: readonly string[], needed: readonly string[]) {
      const all = joined(held, closures)
      return needed.every((scope) => (all & (bits.get(scope) ?? 0n)) !== 0n)
    },
    isRole: (name: string): name is Role => roles.has(name),
  })
}

const invalid = (why: string) => new TokenloopError('invalid_option', why)

function describedScope<Scope extends string>(
  name: Scope,
  { description, group, implies = [], destructive }: ScopeDefinition<Scope>,
): DescribedScope<Scope> {
  if (typeof description !== 'string') throw invalid(`the description of "${name}" must be a text`)
  if (group !== undefined && typeof group !== 'string') throw invalid(`the group of "${name}" must be a text`)
  if (!Array.isArray(implies)) throw invalid(`what "${name}" implies must be a list of scopes`)
  if (destructive !== undefined && typeof destructive !== 'boolean') {
    throw invalid(`whether "${name}" is destructive is true or false`)
  }
  return Object.freeze({
    name,
    description,
    ...(group !== undefined && { group }),
    implies: Object.freeze([...implies]),
    ...(destructive === true && { destructive }),
  })
}

/** What each name stands for, as a set. */
type Bits = ReadonlyMap<string, bigint>

/** All that these names stand for; those that are unknown stand for nothing. */
function joined(names: Iterable<string>, bits: Bits): bigint {
  let all = 0n
  for (const name of names) all |= bits.get(name) ?? 0n
  return all
}

/** As many lists are kept made. */
const MOST_LISTS = 1000

/** Turns a set into the list of its members, in order. */
function listsOf<Scope extends string>(names: readonly Scope[]): (set: bigint) => readonly Scope[] {
  const lists = new Map<bigint, readonly Scope[]>()
  return (set) => {
    const known = lists.get(set)
    if (known !== undefined) return known
    const list = Object.freeze(names.filter((_, i) => (set >> BigInt(i)) & 1n))
    if (lists.size === MOST_LISTS) lists.clear()
    lists.set(set, list)
    return list
  }
}

function checkDefinitions(
  scopes: ReadonlyMap<string, ScopeDefinition>,
  roles: ReadonlyMap<string, readonly string[]>,
): void {
  if (scopes.size === 0) throw invalid('a catalogue needs at least one scope')
  for (const [name, { implies = [] }] of scopes) {
    if (!SCOPE_TOKEN.test(name)) throw invalid(`"${name}" is no scope name (RFC 6749 section 3.3)`)
    for (const implied of implies) if (!scopes.has(implied)) throw invalid(`"${name}" implies an unknown scope`)
  }
  for (const [name, granted] of roles) {
    checkText(name, { label: 'the name of a role', code: 'invalid_option', max: 255 })
    if (granted.length === 0) throw invalid(`the role "${name}" allows nothing`)
    if (!granted.every((scope) => scopes.has(scope))) throw invalid(`the role "${name}" names an unknown scope`)
  }
}

/** A scope with all that it implies, however far. */
function closureOf<Scope extends string>(
  scope: Scope,
  described: ReadonlyMap<string, ScopeDefinition<Scope>>,
): ReadonlySet<Scope> {
  const closure = new Set<Scope>([scope])
  for (const name of closure) for (const implied of described.get(name)?.implies ?? []) closure.add(implied)
  return closure
}

function groupsOf<Scope extends string>(all: Iterable<DescribedScope<Scope>>): readonly ScopeGroup<Scope>[] {
  const groups = new Map<string, DescribedScope<Scope>[]>()
  for (const scope of all) {
    const name = scope.group ?? ''
    groups.set(name, [...(groups.get(name) ?? []), scope])
  }
  return Object.freeze([...groups].map(([name, scopes]) => Object.freeze({ name, scopes: Object.freeze(scopes) })))
}

function parseScopes(value: unknown, known: ReadonlyMap<string, unknown>): ParsedScopes<string> {
  const list = typeof value === 'string' ? splitWire(value) : value
  if (!Array.isArray(list) || list.length > MOST_REQUESTED) return { ok: false, reason: 'malformed' }
  const scopes = new Set<string>()
  for (const name of list) {
    if (typeof name !== 'string' || !SCOPE_TOKEN.test(name)) return { ok: false, reason: 'malformed' }
    if (!known.has(name)) return { ok: false, reason: 'unknown', which: name }
    scopes.add(name)
  }
  return { ok: true, scopes: [...scopes] }
}

/** `scope-token *( SP scope-token )`: exactly one space between, none around. */
function splitWire(text: string): readonly string[] | undefined {
  if (text === '') return []
  return text.length <= LONGEST_WIRE ? text.split(' ') : undefined
}
