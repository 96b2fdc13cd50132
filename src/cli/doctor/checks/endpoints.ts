import { type Answer, isRedirect, isRefusal } from '../answer.js'
import { about, type Check, failed, quoted, skipped, unless, type Verdict } from '../check.js'
import { type Probe, type ServerSurvey, STRANGE_URI } from '../server.js'

/** Judges the answer to a probe. */
const answer =
  (name: Probe, judge: (answer: Answer, survey: ServerSurvey) => Verdict) =>
  (survey: ServerSurvey): Verdict =>
    about(survey.answers[name], (given) => judge(given, survey))

/** The error of an answer, as RFC 6749 section 5.2 has it. */
const errorIn = ({ json }: Answer): string | undefined => (typeof json?.error === 'string' ? json.error : undefined)

const refused = (given: Answer): Verdict => unless(!isRefusal(given), `it answers ${given.status}`)
const says = (given: Answer): string => `it answers ${given.status} with ${quoted(errorIn(given))}`

/** Where an answer leads, if it leads anywhere. */
const placeOf = ({ headers, url }: Answer): URL | undefined => {
  const location = headers.get('location')
  return location !== null && URL.canParse(location, url) ? new URL(location, url) : undefined
}

const leadsTo = (given: Answer, uri: string): boolean => {
  const [place, target] = [placeOf(given), new URL(uri)]
  return place?.protocol === target.protocol && place.host === target.host
}

const NEEDS_CLIENT = 'it takes --client and --redirect-uri'

/** What the client is told of a request without PKCE, at its redirect URI. */
const told =
  (judge: (parameters: URLSearchParams, survey: ServerSurvey) => Verdict) =>
  (survey: ServerSurvey): Verdict => {
    const { redirectUri } = survey.client
    const given = survey.answers.authorizeWithoutPkce
    if (given === undefined || redirectUri === undefined) return skipped(NEEDS_CLIENT)
    return about(given, () => {
      const place = placeOf(given)
      if (place !== undefined && leadsTo(given, redirectUri)) return judge(place.searchParams, survey)
      return skipped(`it answers ${given.status}, and tells the client nothing`)
    })
  }

/** What an answer does that must lead nobody to a redirect URI that is not registered. */
const staysHere = (given: Answer): Verdict =>
  unless(
    leadsTo(given, STRANGE_URI) || given.status >= 500,
    `it answers ${given.status}, and leads to ${quoted(placeOf(given)?.host)}`,
  )

const header = (given: Answer, name: string): string => given.headers.get(name)?.toLowerCase() ?? ''

const mayBeFramed = (given: Answer): boolean =>
  !/frame-ancestors/.test(header(given, 'content-security-policy')) &&
  !/^(?:deny|sameorigin)$/.test(header(given, 'x-frame-options'))

/** What an authorization server does. */
export const ENDPOINT_CHECKS: readonly Check<ServerSurvey>[] = [
  {
    id: 'token.get',
    source: 'OAuth 2.1 §3.2',
    what: 'the token endpoint refuses GET',
    severity: 'must',
    judge: answer('tokenByGet', refused),
  },
  {
    id: 'token.errors',
    source: 'OAuth 2.1 §3.2.4',
    what: 'it answers errors as JSON, with 400 or 401',
    severity: 'must',
    judge: answer('tokenStrangeGrant', (given) =>
      unless(errorIn(given) === undefined || ![400, 401].includes(given.status), says(given)),
    ),
  },
  {
    id: 'token.no-store',
    source: 'OAuth 2.1 §3.2.3',
    what: 'no cache keeps its answers',
    severity: 'must',
    judge: answer('tokenStrangeGrant', (given) =>
      unless(
        !header(given, 'cache-control').includes('no-store'),
        `Cache-Control is ${quoted(given.headers.get('cache-control'))}`,
      ),
    ),
  },
  {
    id: 'token.nosniff',
    source: 'OWASP ASVS 3.4.4',
    what: 'nobody takes its answers for a page',
    severity: 'should',
    judge: answer('tokenStrangeGrant', (given) =>
      unless(header(given, 'x-content-type-options') !== 'nosniff', 'X-Content-Type-Options is not nosniff'),
    ),
  },
  {
    id: 'token.unknown-grant',
    source: 'OAuth 2.1 §3.2.4',
    what: 'it refuses a grant type that nobody knows',
    severity: 'must',
    judge: answer('tokenStrangeGrant', refused),
  },
  {
    id: 'token.password',
    source: 'RFC 9700 §2.4',
    what: 'it refuses passwords',
    severity: 'must',
    judge: answer('tokenPassword', (given) =>
      unless(!isRefusal(given) || errorIn(given) === 'invalid_grant', says(given)),
    ),
  },
  {
    id: 'authorize.unknown-client',
    source: 'OAuth 2.1 §4.1.2.1',
    what: 'the authorization endpoint does not redirect for a client that nobody knows',
    severity: 'must',
    judge: answer('authorizeStranger', staysHere),
  },
  {
    id: 'authorize.redirect-uri',
    source: 'RFC 9700 §2.1, §4.11',
    what: 'it does not redirect to what a known client did not register',
    severity: 'must',
    judge: (survey) =>
      survey.answers.authorizeStrangeUri === undefined
        ? skipped('it takes --client')
        : answer('authorizeStrangeUri', staysHere)(survey),
  },
  {
    id: 'authorize.pkce',
    source: 'RFC 9700 §2.1.1',
    what: 'it refuses a request without PKCE',
    severity: 'must',
    judge: told((parameters) => unless(!parameters.has('error') || parameters.has('code'), 'it grants such a request')),
  },
  {
    id: 'authorize.iss',
    source: 'RFC 9207 §2',
    what: 'what it tells a client names the issuer, errors too',
    severity: 'must',
    judge: (survey) =>
      survey.metadata?.authorization_response_iss_parameter_supported === true
        ? told((parameters, { issuer }) =>
            unless(parameters.getAll('iss').join() !== issuer, `iss is ${quoted(parameters.get('iss'))}`),
          )(survey)
        : skipped('it does not advertise it'),
  },
  {
    id: 'authorize.framing',
    source: 'RFC 9700 §4.16',
    what: 'no other page may frame its pages',
    severity: 'must',
    judge: answer('authorizeStranger', (given) =>
      isRedirect(given)
        ? skipped('it redirects')
        : unless(mayBeFramed(given), 'neither frame-ancestors nor X-Frame-Options forbids it'),
    ),
  },
  {
    id: 'authorize.referrer',
    source: 'RFC 9700 §4.2.4',
    what: 'its address is not handed on to other sites',
    severity: 'should',
    judge: answer('authorizeStranger', (given) =>
      unless(
        !/no-referrer|same-origin|strict-origin/.test(header(given, 'referrer-policy')),
        `Referrer-Policy is ${quoted(given.headers.get('referrer-policy'))}`,
      ),
    ),
  },
  {
    id: 'authorize.cors',
    source: 'RFC 9700 §2.6',
    what: 'no page of another origin may read it',
    severity: 'must',
    judge: answer('authorizeStranger', ({ headers }) =>
      unless(headers.has('access-control-allow-origin'), 'it has Access-Control-Allow-Origin'),
    ),
  },
  {
    id: 'authorize.307',
    source: 'RFC 9700 §4.12',
    what: 'its redirects never send a form on',
    severity: 'must',
    judge: answer('authorizeStranger', (given) =>
      isRedirect(given)
        ? unless([307, 308].includes(given.status), `it answers ${given.status}`)
        : skipped('it does not redirect'),
    ),
  },
  {
    id: 'introspect.authentication',
    source: 'RFC 7662 §2.1',
    what: 'introspection wants to know who asks',
    severity: 'must',
    judge: answer('introspect', refused),
  },
  {
    id: 'revoke.authentication',
    source: 'RFC 7009 §2.1',
    what: 'revocation wants to know which client asks',
    severity: 'should',
    judge: answer('revoke', refused),
  },
  {
    id: 'push.unknown-client',
    source: 'RFC 9126 §2.3',
    what: 'requests of clients that nobody knows are not taken',
    severity: 'must',
    judge: answer('push', refused),
  },
  {
    id: 'device.unknown-client',
    source: 'RFC 8628 §3.1',
    what: 'devices of clients that nobody knows get no code',
    severity: 'must',
    judge: answer('device', refused),
  },
  {
    id: 'register.redirect-uri',
    source: 'RFC 7591 §5',
    what: 'no client registers a redirect URI that runs a script',
    severity: 'must',
    judge: answer('register', refused),
  },
  {
    id: 'userinfo.token',
    source: 'RFC 6750 §3',
    what: 'the userinfo endpoint wants a token, and says so',
    severity: 'must',
    judge: answer('userinfo', (given) => {
      if (given.status !== 401) return failed(`it answers ${given.status}`)
      return unless(!given.headers.has('www-authenticate'), 'there is no challenge')
    }),
  },
]
