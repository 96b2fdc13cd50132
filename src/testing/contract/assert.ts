/** Fails a case; test runners show both values. */
export class ContractError extends Error {
  override readonly name = 'ContractError'
  readonly actual: unknown
  readonly expected: unknown

  constructor(what: string, actual: unknown, expected: unknown) {
    super(`${what}: expected ${show(expected)}, got ${show(actual)}`)
    this.actual = actual
    this.expected = expected
  }
}

/** Demands that two values are the same as JSON, in which members have no order and one that is `undefined` is absent. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (show(actual) !== show(expected)) throw new ContractError(what, actual, expected)
}

export function holds(condition: boolean, what: string): void {
  if (!condition) throw new ContractError(what, false, true)
}

/** Fails for what must not happen. */
export function fail(what: string): never {
  throw new ContractError(what, true, false)
}

/** How often each value occurs. */
export function tally(values: readonly unknown[]): { readonly [value: string]: number } {
  const counts: { [value: string]: number } = {}
  for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1
  return counts
}

function show(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return JSON.stringify(value, (_, member: unknown) => (isPlain(member) ? sorted(member) : member)) ?? 'undefined'
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const sorted = (value: object) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
