/** Whether two types are the same, not merely assignable to each other; `any` is the same as nothing but itself. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only where the type argument is `true`. */
export function holds<_ extends true>(): void {}

/** A value of a type, for lines that are compiled and never run. */
export declare function some<T>(): T

holds<Equal<string, string>>()
holds<Equal<readonly string[], readonly string[]>>()

// @ts-expect-error the helper tells a literal from its widening
holds<Equal<'a', string>>()
// @ts-expect-error the helper tells any from everything else
holds<Equal<ReturnType<typeof JSON.parse>, string>>()
// @ts-expect-error the helper tells readonly from mutable
holds<Equal<readonly string[], string[]>>()
