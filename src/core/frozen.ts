const NONE: readonly never[] = Object.freeze([])

/** The list itself, which nobody can change from then on; all empty ones are one and the same. */
export const frozenList = <T>(list: readonly T[]): readonly T[] => (list.length === 0 ? NONE : Object.freeze(list))
