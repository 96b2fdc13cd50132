import type { Duration } from 'tokenloop'
import type { Lifetimes } from 'tokenloop/oauth'

/** Which lifetime each variable of the environment sets, for trying out: a duration such as `3s`. */
const VARIABLES = {
  ACCESS_TOKEN_TTL: 'access',
  CODE_TTL: 'code',
  REFRESH_TTL: 'refreshIdle',
  REFRESH_WINDOW: 'refreshWindow',
} as const satisfies Readonly<Record<string, keyof Lifetimes>>

/** The lifetimes that the environment sets; `0` ends a window. Throws for what is no duration. */
export const lifetimesIn = (env: NodeJS.ProcessEnv): Partial<Lifetimes> =>
  Object.fromEntries(
    Object.entries(VARIABLES).flatMap(([variable, lifetime]) => {
      const text = env[variable]
      return text === undefined || text === '' ? [] : [[lifetime, durationIn(variable, text)]]
    }),
  )

function durationIn(variable: string, text: string): Duration {
  if (text === '0') return 0
  if (!isDuration(text)) throw new Error(`${variable} is a duration, such as 3s or 10m`)
  return text
}

const isDuration = (text: string): text is `${number}s` => /^\d{1,9}(ms|s|m|h|d|w|y)$/.test(text)
