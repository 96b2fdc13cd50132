import { frozenList } from '../../core/frozen.js'

/**
 * A copy that nobody can change, at any depth; what nobody can change as it is needs none, and is kept itself. A member that is
 * `undefined` is absent, as it would be in JSON; one that is called `__proto__` is copied as any other.
 */
export function frozenCopy<T>(value: T): T
export function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || isSettled(value)) return value
  if (Array.isArray(value)) return frozenList(value.map(frozenCopy))
  // Of the two, the one that is quick with objects of all shapes would take `__proto__` for what it means.
  const copied = Object.hasOwn(value, '__proto__') ? { ...value } : Object.assign({}, value)
  const copy = copied as Record<string, unknown>
  for (const key in copy) {
    const part = copy[key]
    if (typeof part === 'object' && part !== null) copy[key] = frozenCopy(part)
    else if (part === undefined) delete copy[key]
  }
  return Object.freeze(copy)
}

/** Whether a value is plain, is frozen at every depth, and has no member that is `undefined`: a copy could not be told from it. */
function isSettled(value: object): boolean {
  if (!Object.isFrozen(value)) return false
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return false
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key]
    if (typeof part === 'object' && part !== null ? !isSettled(part) : part === undefined) return false
  }
  return true
}
