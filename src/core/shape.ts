import type { Json, JsonObject } from './json.js'

/** Says whether a value is a T. It takes anything, and never throws. */
export type Guard<T> = (value: unknown) => value is T

/** A guard for every member. The compiler refuses a shape that forgets one, or that lets more through than its type. */
export type Shape<T> = { readonly [M in keyof T]-?: Guard<T[M]> }

const guard = <T>(holds: (value: unknown) => boolean) => holds as Guard<T>

export const text = guard<string>((value) => typeof value === 'string')
export const flag = guard<boolean>((value) => typeof value === 'boolean')
/** A whole number, not below 0. Times are such numbers. */
export const count = guard<number>((value) => Number.isSafeInteger(value) && (value as number) >= 0)
/** A whole number above 0. */
export const positive = guard<number>((value) => Number.isSafeInteger(value) && (value as number) > 0)

/** A text that is not empty. */
export const name = guard<string>((value) => typeof value === 'string' && value !== '')

export const matching = (pattern: RegExp) => guard<string>((value) => typeof value === 'string' && pattern.test(value))

export const oneOf = <const T extends string>(...values: readonly T[]) =>
  guard<T>((value) => values.includes(value as T))

export const nullable = <T>(inner: Guard<T>) => guard<T | null>((value) => value === null || inner(value))

export const optional = <T>(inner: Guard<T>) => guard<T | undefined>((value) => value === undefined || inner(value))

export const listOf = <T>(inner: Guard<T>) =>
  guard<readonly T[]>((value) => {
    if (!Array.isArray(value)) return false
    for (let i = 0; i < value.length; i++) if (!inner(value[i])) return false
    return true
  })

/** How many of a shape's members a value has; `undefined` where one of them is not what it should be. */
function counter<T>(shape: Shape<T>): (value: unknown) => number | undefined {
  const names = Object.keys(shape) as (keyof T)[]
  const guards: readonly Guard<unknown>[] = names.map((member) => shape[member])
  return (value) => {
    if (typeof value !== 'object' || value === null) return undefined
    let members = 0
    for (let i = 0; i < names.length; i++) {
      const member = (value as Partial<T>)[names[i] as keyof T]
      if (!guards[i]?.(member)) return undefined
      if (member !== undefined) members++
    }
    return members
  }
}

/** An object with these members, and perhaps others. */
export function having<T>(shape: Shape<T>): Guard<T> {
  const members = counter(shape)
  return guard((value) => members(value) !== undefined)
}

/** An object with these members and no others: what is not known could have meant a restriction. */
export function object<T>(shape: Shape<T>): Guard<T> {
  const members = counter(shape)
  return guard((value) => members(value) === Object.keys(value ?? {}).length)
}

/** An object whose members all are alike. */
export const mapOf = <T>(inner: Guard<T>) =>
  guard<{ readonly [name: string]: T }>((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    for (const key of Object.keys(value)) {
      if (key === '__proto__' || !inner((value as Record<string, unknown>)[key])) return false
    }
    return true
  })

/** However deep it is, checking it must not end the stack. */
const DEEPEST = 64

function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth > DEEPEST) return false
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1))
  return Object.entries(value).every(([key, item]) => key !== '__proto__' && isJson(item, depth + 1))
}

/** JSON as `JSON.parse` makes it, without a member that is called `__proto__`. */
export const json = guard<Json>((value) => isJson(value, 0))
export const jsonObject = guard<JsonObject>(
  (value) => typeof value === 'object' && !Array.isArray(value) && value !== null && isJson(value, 0),
)
