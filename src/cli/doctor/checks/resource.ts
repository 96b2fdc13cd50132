import { type Answer, isRedirect, isRefusal } from '../answer.js'
import { about, type Check, failed, noneOf, quoted, skipped, textsIn, unless, type Verdict } from '../check.js'
import { challengeIn, type ResourceSurvey } from '../resource.js'

const documentsOf = ({ pointed, wellKnown }: ResourceSurvey): readonly Answer[] =>
  pointed === undefined ? wellKnown : [pointed, ...wellKnown]

/** Judges every document that is there, or says that none is. */
const each =
  (wrong: (answer: Answer) => string | undefined) =>
  (survey: ResourceSurvey): Verdict => {
    const there = documentsOf(survey).filter(({ status }) => status === 200)
    if (there.length === 0) return skipped('there is no metadata')
    return noneOf(there.map(wrong).filter((why) => why !== undefined))
  }

/** What a protected resource says of itself, and does. */
export const RESOURCE_CHECKS: readonly Check<ResourceSurvey>[] = [
  {
    id: 'resource.form',
    source: 'RFC 9728 §1.2',
    what: 'the resource is an https address without a fragment',
    severity: 'must',
    judge: ({ resource, allow }) => unless(!allow(resource) || resource.includes('#'), `it is ${quoted(resource)}`),
  },
  {
    id: 'resource.challenge',
    source: 'RFC 6750 §3',
    what: 'whoever comes without a token gets 401 and a challenge',
    severity: 'must',
    judge: ({ bare, challenge }) =>
      unless(
        challenge === undefined,
        bare
          .map(({ status, fault }) => (status === 401 ? '401 without a challenge' : (fault ?? `${status}`)))
          .join(', '),
      ),
  },
  {
    id: 'resource.pointer',
    source: 'RFC 9728 §5.1, MCP',
    what: 'the challenge names the address of the metadata',
    severity: 'should',
    judge: ({ challenge, allow }) =>
      challenge === undefined
        ? skipped('there is no challenge')
        : unless(!allow(challenge.resource_metadata), `resource_metadata is ${quoted(challenge.resource_metadata)}`),
  },
  {
    id: 'resource.metadata',
    source: 'RFC 9728 §3, MCP',
    what: 'its metadata can be found by the challenge or the well-known path',
    severity: 'must',
    judge: (survey) =>
      unless(
        survey.metadata === undefined,
        documentsOf(survey)
          .map(({ url, status, fault }) => `${quoted(url)}: ${fault ?? status}`)
          .join(', '),
      ),
  },
  {
    id: 'resource.well-known',
    source: 'RFC 9728 §3.1',
    what: 'it is at the well-known path, between host and path',
    severity: 'should',
    judge: ({ wellKnown: [own] }) =>
      about(own, ({ status, url }) => unless(status !== 200, `${quoted(url)} answers ${status}`)),
  },
  {
    id: 'resource.redirect',
    source: 'RFC 9728 §3.2',
    what: 'metadata is answered, not redirected',
    severity: 'must',
    judge: (survey) =>
      noneOf(
        documentsOf(survey)
          .filter(isRedirect)
          .map(({ url }) => `${quoted(url)} redirects`),
      ),
  },
  {
    id: 'resource.type',
    source: 'RFC 9728 §3.2',
    what: 'metadata is one JSON object, and says so',
    severity: 'must',
    judge: each(({ headers, json, url }) => {
      const isJson = /^application\/json(?:\s*;|$)/i.test(headers.get('content-type') ?? '')
      return isJson && json !== undefined ? undefined : `${quoted(url)} is none`
    }),
  },
  {
    id: 'resource.name',
    source: 'RFC 9728 §3.3',
    what: 'it names exactly this resource',
    severity: 'must',
    judge: ({ metadata, resource }) =>
      metadata === undefined
        ? skipped('there is no metadata')
        : unless(metadata.resource !== resource, `it names ${quoted(metadata.resource)}`),
  },
  {
    id: 'resource.servers',
    source: 'RFC 9728 §2, MCP',
    what: 'it names its authorization servers, by https addresses',
    severity: 'must',
    judge: ({ metadata, allow }) => {
      if (metadata === undefined) return skipped('there is no metadata')
      const servers = textsIn(metadata.authorization_servers)
      return unless(servers.length === 0 || !servers.every(allow), `it names ${quoted(metadata.authorization_servers)}`)
    },
  },
  {
    id: 'resource.scopes',
    source: 'MCP',
    what: 'the challenge or the metadata says which scopes there are',
    severity: 'should',
    judge: ({ metadata, challenge }) =>
      metadata === undefined
        ? skipped('there is no metadata')
        : unless(challenge?.scope === undefined && !Array.isArray(metadata.scopes_supported), 'neither does'),
  },
  {
    id: 'resource.methods',
    source: 'OAuth 2.1 §5.1',
    what: 'tokens are not taken from addresses',
    severity: 'must',
    judge: ({ metadata }) =>
      metadata === undefined
        ? skipped('there is no metadata')
        : unless(textsIn(metadata.bearer_methods_supported).includes('query'), 'bearer_methods_supported has query'),
  },
  {
    id: 'resource.token-in-query',
    source: 'OAuth 2.1 §5.1',
    what: 'a token in the address opens nothing',
    severity: 'must',
    judge: ({ tokenInQuery }) =>
      about(tokenInQuery, (given) => unless(!isRefusal(given), `it answers ${given.status}`)),
  },
  {
    id: 'resource.invalid-token',
    source: 'RFC 6750 §3.1',
    what: 'a token that nobody made gets 401 and invalid_token',
    severity: 'must',
    judge: ({ strangeToken }) =>
      about(strangeToken, ({ status, headers }) => {
        if (status !== 401) return failed(`it answers ${status}`)
        const { error } = challengeIn(headers.get('www-authenticate')) ?? {}
        return unless(error !== 'invalid_token', `the challenge says ${quoted(error)}`)
      }),
  },
  {
    id: 'resource.cors',
    source: 'CORS',
    what: 'pages of other origins may read the metadata, without cookies',
    severity: 'should',
    judge: each(({ headers }) =>
      headers.get('access-control-allow-origin') !== '*' || headers.has('access-control-allow-credentials')
        ? `Access-Control-Allow-Origin is ${quoted(headers.get('access-control-allow-origin'))}`
        : undefined,
    ),
  },
]
