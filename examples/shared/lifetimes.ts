import type { Duration } from 'tokenloop'
import type { Lifetimes } from 'tokenloop/oauth'

/** Which lifetime each variable of the environment sets, for trying out: a duration such as `3s`. */
const VARIABLES = {
  ACCESS_TOKEN_TTL: 'access',
  CODE_TTL: 'code',
  REFRESH_TTL: 'refreshIdle',
  REFRESH_WINDOW: 'refreshWindow',
} as const satisfies Readonly<Record<string, keyof Lifetimes>>

/** The lifetimes that the environment sets. What is no duration is told by the server that is made with them. */
export function lifetimesIn(env: NodeJS.ProcessEnv): Partial<Lifetimes> {
  const set = Object.entries(VARIABLES).flatMap(([variable, lifetime]) => {
    const value = env[variable]
    return value === undefined || value === '' ? [] : [[lifetime, value as Duration]]
  })
  return Object.fromEntries(set)
}
