const NONE: readonly never[] = Object.freeze([])

/**
 * A copy that nobody can change, at any depth. A member that is `undefined` is absent, as it would be in JSON; one that is
 * called `__proto__` is copied as any other.
 */
export function frozenCopy<T>(value: T): T
export function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.length === 0 ? NONE : Object.freeze(value.map(frozenCopy))
  const copy: Record<string, unknown> = { ...value }
  for (const key in copy) {
    const part = copy[key]
    if (typeof part === 'object' && part !== null) copy[key] = frozenCopy(part)
    else if (part === undefined) delete copy[key]
  }
  return Object.freeze(copy)
}
