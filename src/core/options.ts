import { TokenloopError } from './errors.js'

/** A table of a type's members, all of them, whatever it says of each: the compiler refuses one that forgets a name, or has one that is none. */
export type Names<T> = { readonly [Name in keyof T]-?: unknown }

/** Checks what a caller gave as options. */
export interface Options {
  /** Throws `invalid_option` for what is no object, and for one with a member that is no option. */
  check(given: unknown): void
  /** The same as a rejection; `undefined` where there is nothing to refuse. For methods that answer with a promise. */
  refuse(given: unknown): Promise<never> | undefined
}

/**
 * What may be asked of one function, by name. A misspelt name must not pass for an option that was left out: a token would get
 * another lifetime, a list another owner than was meant.
 */
export function optionsOf<T>(of: string, table: Names<T>): Options {
  const names: ReadonlySet<string> = new Set(Object.keys(table))
  const check = (given: unknown) => {
    if (typeof given !== 'object' || given === null) throw invalid(`${of} takes an object of options`)
    // What others put on the prototype of all objects is no option of the caller's.
    for (const name in given) if (!names.has(name) && Object.hasOwn(given, name)) throw unknown(of, name, names)
  }
  return {
    check,
    refuse(given) {
      try {
        check(given)
        return undefined
      } catch (error) {
        return Promise.reject(error)
      }
    },
  }
}

/** A part that the host hands in, such as a store, has to be one: it has these methods. Throws `invalid_option`. */
export function checkPart<T extends object>(name: string, part: T, ...methods: readonly (keyof T)[]): T {
  const lacking = methods.find((method) => typeof (part as T | null | undefined)?.[method] !== 'function')
  if (lacking === undefined) return part
  throw invalid(`\`${name}\` is missing, or something else: it has no \`${String(lacking)}\` method`)
}

/** As much of a name as an error repeats. */
const LONGEST = 64

const invalid = (why: string) => new TokenloopError('invalid_option', why)
const unknown = (of: string, name: string, names: ReadonlySet<string>) =>
  invalid(`${of} has no option ${JSON.stringify(name.slice(0, LONGEST))}, but ${[...names].join(', ')}`)
