import { TokenloopError } from '../../core/errors.js'
import type { EventListener } from '../../core/event.js'
import type { Fetch } from '../../core/fetch-bytes.js'
import { checkPart, optionsOf } from '../../core/options.js'
import { parseJson } from '../../core/parse-json.js'
import type { Clock } from '../../core/time.js'
import type { VerificationKeys } from '../../jwt/types.js'
import type { Tokens } from '../../tokens/tokens.js'
import { readBody } from '../body.js'
import { checked } from '../management/input.js'
import { faultResponse, ProblemError, problemResponse, SAFE_HEADERS } from '../problems.js'
import { type ErrorListener, safeReport } from '../report.js'
import { type Acting, ALERT, type AlertListener, type AlertPolicy, dealWith, type Label } from './findings.js'
import { githubKeys } from './keys.js'
import { signatureOf } from './signature.js'

/** The options of `githubAlerts`. */
export interface GithubAlertsOptions {
  readonly tokens: Pick<Tokens, 'identify' | 'revoke' | 'pause'>
  /** Where GitHub sends its alerts to; `/github/secret-scanning` by default. */
  readonly path?: string
  /** What is done about a token whose secret was found; `'revoke'` by default. */
  readonly policy?: AlertPolicy
  /**
   * Told about each finding, after it was acted on; the place to write to the owner. What GitHub sends again is told again. Where it
   * rejects, the answer is 503.
   */
  readonly notify?: AlertListener
  /** Fetches GitHub's keys instead of the runtime's `fetch`. */
  readonly fetch?: Fetch
  /** The largest body that is read, in bytes; 1 MiB by default. */
  readonly bodyLimit?: number
  /** Is told `keys.not_fetched`. */
  readonly onEvent?: EventListener
  /** Told about every error that was answered with 500 or 503. */
  readonly onError?: ErrorListener
  /** The time by which keys age; by default one that nobody sets. */
  readonly clock?: Clock
}

const OPTIONS = optionsOf<GithubAlertsOptions>('githubAlerts', {
  tokens: true,
  path: true,
  policy: true,
  notify: true,
  fetch: true,
  bodyLimit: true,
  onEvent: true,
  onError: true,
  clock: true,
})

/** What `githubAlerts` makes. */
export interface GithubAlerts {
  /** Answers a request to its path, faults included; `undefined` for what is not its own. Never rejects. */
  handle(request: Request): Promise<Response | undefined>
}

/**
 * Receives the alerts of GitHub's secret scanning partner program: of tokens that somebody made public, each is revoked (or what
 * `policy` says), `notify` is told, and GitHub is answered which were real.
 *
 * - Only what GitHub signed (ECDSA P-256 and SHA-256 over the bytes of the body, by the keys that it publishes) is looked at. Its keys
 *   are kept, and serve for 30 days where no others can be had.
 * - An alert that comes again does no harm: what has ended stays as it is, and a secret that was rotated away ends nothing.
 * - Where a match could not be dealt with, all others are, and the answer is 503.
 *
 * Throws `invalid_option`.
 *
 * @example
 * const alerts = githubAlerts({ tokens, notify: ({ token, url }) => mail(token.owner, url) })
 * app.use(mount({ alerts }))
 */
export function githubAlerts(options: GithubAlertsOptions): GithubAlerts {
  OPTIONS.check(options)
  const { path = '/github/secret-scanning', policy = 'revoke', notify = () => {}, bodyLimit = 1024 * 1024 } = options
  const tokens = checkPart('tokens', options.tokens, 'identify', 'revoke', 'pause')
  if (!/^\/[^?#]*$/.test(path)) throw invalid("path is that of a URL, such as '/github/secret-scanning'")
  if (typeof policy !== 'function' && !['revoke', 'pause', 'notify'].includes(policy))
    throw invalid("policy is 'revoke', 'pause', 'notify', or a function that answers one of them")
  if (typeof notify !== 'function') throw invalid('`notify` must be a function')
  if (options.fetch !== undefined && typeof options.fetch !== 'function') throw invalid('`fetch` must be a function')
  if (!Number.isSafeInteger(bodyLimit) || bodyLimit < 1) throw invalid('bodyLimit is a number of bytes')
  const keys = githubKeys(options)
  const report = safeReport(options.onError)

  const answer = async (request: Request): Promise<Response> => {
    if (request.method !== 'POST') return problemResponse('method_not_allowed', { headers: { allow: 'POST' } })
    const bytes = await readSigned(request, keys, bodyLimit)
    const body = parseJson(bytes)
    if (body === undefined) throw new ProblemError('invalid_json')
    const labels = await dealWithAll({ tokens, policy, notify }, checked(ALERT, body, 'pointer'), report)
    return Response.json(labels, { headers: SAFE_HEADERS })
  }

  return Object.freeze({
    async handle(request: Request) {
      if (new URL(request.url).pathname !== path) return undefined
      try {
        return await answer(request)
      } catch (error) {
        return faultResponse(error, report)
      }
    },
  })
}

/** The body of a request that GitHub signed. What has no such signature is not even read. */
async function readSigned(request: Request, keys: VerificationKeys, limit: number): Promise<Uint8Array> {
  const kid = request.headers.get('github-public-key-identifier')
  const signature = signatureOf(request.headers.get('github-public-key-signature') ?? '')
  if (kid === null || signature === undefined) throw new ProblemError('invalid_signature')
  const key = await keys.find(kid)
  if (key === 'unavailable') throw new TokenloopError('unavailable', "GitHub's keys cannot be had")
  if (typeof key === 'string') throw new ProblemError('invalid_signature')
  const bytes = (await readBody(request, limit)) ?? new Uint8Array()
  if (!(await key.verify(bytes, signature))) throw new ProblemError('invalid_signature')
  return bytes
}

/** How many matches are dealt with at once: GitHub waits for 30 seconds, and others use the store as well. */
const AT_ONCE = 8

type Matches = Parameters<typeof dealWith>[1][]

async function dealWithAll(acting: Acting, matches: Matches, report: (error: unknown) => void): Promise<Label[]> {
  const labels: Label[] = []
  let failed = 0
  const next = matches.entries()
  const work = async () => {
    for (const [i, match] of next) {
      try {
        labels[i] = await dealWith(acting, match)
      } catch (error) {
        failed++
        report(error)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  if (failed > 0) throw new TokenloopError('unavailable', `${failed} of ${matches.length} findings were not dealt with`)
  return labels
}

const invalid = (why: string) => new TokenloopError('invalid_option', why)
