import type { JsonObject } from '../../../core/json.js'
import { isJsonObject } from '../../../core/parse-json.js'
import { about, type Check, failed, noneOf, quoted, type Verdict } from '../check.js'
import type { ServerSurvey } from '../server.js'

/** Members that RFC 7518 section 6 keeps for private and symmetric keys. */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const SHORTEST_RSA = 2048

/** Judges the keys, where they can be read. */
const keys =
  (judge: (keys: readonly JsonObject[]) => Verdict) =>
  ({ answers }: ServerSurvey): Verdict =>
    about(answers.keys, ({ status, json }) => {
      const listed = status === 200 ? json?.keys : undefined
      return Array.isArray(listed) ? judge(listed.filter(isJsonObject)) : failed('there is no key set')
    })

const bitsOf = ({ n }: JsonObject): number => (typeof n === 'string' ? Buffer.from(n, 'base64url').length * 8 : 0)

/** The keys of an authorization server. */
export const KEY_CHECKS: readonly Check<ServerSurvey>[] = [
  {
    id: 'keys.found',
    source: 'RFC 8414 §2, RFC 7517 §5',
    what: 'its keys can be fetched, and there is one',
    severity: 'must',
    judge: keys((all) => noneOf(all.length === 0 ? ['the key set is empty'] : [])),
  },
  {
    id: 'keys.public',
    source: 'RFC 7517 §9.2',
    what: 'public halves alone are published',
    severity: 'must',
    judge: keys((all) =>
      noneOf(
        all.flatMap((key) =>
          PRIVATE.filter((name) => name in key).map((name) => `the key ${quoted(key.kid)} has the member ${name}`),
        ),
      ),
    ),
  },
  {
    id: 'keys.ids',
    source: 'RFC 7517 §4.5',
    what: 'each has an id of its own',
    severity: 'must',
    judge: keys((all) => {
      const ids = all.map(({ kid }) => kid)
      const wrong = ids.filter((id, at) => typeof id !== 'string' || ids.indexOf(id) !== at)
      return noneOf(wrong.map((id) => `the id ${quoted(id)} is no text, or is there twice`))
    }),
  },
  {
    id: 'keys.strength',
    source: 'RFC 7518 §3.3',
    what: `RSA keys have ${SHORTEST_RSA} bits or more`,
    severity: 'must',
    judge: keys((all) =>
      noneOf(
        all
          .filter((key) => key.kty === 'RSA' && bitsOf(key) < SHORTEST_RSA)
          .map((key) => `the key ${quoted(key.kid)} has ${bitsOf(key)}`),
      ),
    ),
  },
]
