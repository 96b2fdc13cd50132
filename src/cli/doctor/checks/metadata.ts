import { type Json, sameJson } from '../../../core/json.js'
import { hasPath } from '../addresses.js'
import { type Answer, isRedirect } from '../answer.js'
import { about, type Check, failed, noneOf, quoted, skipped, textsIn, unless, type Verdict } from '../check.js'
import type { DocumentForm, ServerSurvey } from '../server.js'

/** Judges a list of the metadata; `absent` is what RFC 8414 section 2 takes an absent one for. */
const listed =
  (member: string, judge: (texts: readonly string[]) => Verdict, absent?: readonly string[]) =>
  ({ metadata }: ServerSurvey): Verdict => {
    if (metadata === undefined) return skipped('there is no metadata')
    const value = metadata[member]
    if (value === undefined && absent === undefined) return skipped(`there is no ${member}`)
    return judge(value === undefined ? (absent ?? []) : textsIn(value))
  }

/** Judges a member of the metadata. */
const member =
  (name: string, judge: (value: Json | undefined) => Verdict) =>
  ({ metadata }: ServerSurvey): Verdict =>
    metadata === undefined ? skipped('there is no metadata') : judge(metadata[name])

/** Judges every document that is there, or says that none is. */
const each =
  (wrong: (answer: Answer) => string | undefined) =>
  ({ documents }: ServerSurvey): Verdict => {
    const there = documents.filter(({ answer }) => answer.status === 200)
    if (there.length === 0) return skipped('there is no metadata')
    return noneOf(there.map(({ answer }) => wrong(answer)).filter((why) => why !== undefined))
  }

const formed = (documents: readonly DocumentForm[], form: DocumentForm['form']): Verdict =>
  about(documents.find((document) => document.form === form)?.answer, ({ url, status }) =>
    unless(status !== 200, `${quoted(url)} answers ${status}`),
  )

const ADDRESS = /^(?:jwks_uri|.+_endpoint)$/
const SIGNING = /_auth_signing_alg_values_supported$/

/** What an authorization server says of itself. */
export const METADATA_CHECKS: readonly Check<ServerSurvey>[] = [
  {
    id: 'issuer.form',
    source: 'RFC 8414 §2',
    what: 'the issuer is an https address, without query and fragment',
    severity: 'must',
    judge: ({ issuer, allow }) => unless(!allow(issuer) || /[?#]/.test(issuer), `it is ${quoted(issuer)}`),
  },
  {
    id: 'metadata.found',
    source: 'RFC 8414 §3, MCP',
    what: 'there is a metadata document where clients look for it',
    severity: 'must',
    judge: ({ metadata, documents }) =>
      unless(
        metadata === undefined,
        documents.map(({ answer }) => `${quoted(answer.url)}: ${answer.fault ?? answer.status}`).join(', '),
      ),
  },
  {
    id: 'metadata.oauth',
    source: 'RFC 8414 §3.1',
    what: 'it is at the well-known path of OAuth, between host and path',
    severity: 'should',
    judge: ({ documents }) => formed(documents, 'oauth'),
  },
  {
    id: 'metadata.appended',
    source: 'OpenID Discovery §4',
    what: 'it is at the well-known path of OpenID after the path of the issuer',
    severity: 'should',
    judge: ({ documents, issuer }) =>
      hasPath(issuer) ? formed(documents, 'openid appended') : skipped('the issuer has no path'),
  },
  {
    id: 'metadata.same',
    source: 'RFC 8414 §5',
    what: 'all its addresses say the same',
    severity: 'must',
    judge: ({ documents }) => {
      const there = documents.flatMap(({ answer }) => (answer.status === 200 && answer.json ? [answer.json] : []))
      const [first, ...others] = there
      if (first === undefined || others.length === 0) return skipped('there is one document at the most')
      return unless(
        others.some((other) => ESSENTIAL.some((name) => !sameJson(first[name] ?? null, other[name] ?? null))),
        'issuer or endpoints differ between them',
      )
    },
  },
  {
    id: 'metadata.redirect',
    source: 'RFC 8414 §3.2',
    what: 'metadata is answered, not redirected',
    severity: 'must',
    judge: ({ documents }) =>
      noneOf(
        documents.filter(({ answer }) => isRedirect(answer)).map(({ answer }) => `${quoted(answer.url)} redirects`),
      ),
  },
  {
    id: 'metadata.type',
    source: 'RFC 8414 §3.2',
    what: 'metadata is application/json',
    severity: 'must',
    judge: each(({ headers }) => {
      const type = headers.get('content-type')
      return /^application\/json(?:\s*;|$)/i.test(type ?? '') ? undefined : `it is ${quoted(type)}`
    }),
  },
  {
    id: 'metadata.json',
    source: 'RFC 8414 §3.2',
    what: 'metadata is one JSON object, in which no member comes twice',
    severity: 'must',
    judge: each(({ json, url }) => (json === undefined ? `${quoted(url)} is none` : undefined)),
  },
  {
    id: 'metadata.issuer',
    source: 'RFC 8414 §3.3, MCP',
    what: 'it names exactly this issuer',
    severity: 'must',
    judge: (survey) =>
      member('issuer', (issuer) => unless(issuer !== survey.issuer, `it names ${quoted(issuer)}`))(survey),
  },
  {
    id: 'metadata.endpoints',
    source: 'RFC 8414 §2',
    what: 'it names an authorization and a token endpoint, and the response type code',
    severity: 'must',
    judge: ({ metadata }) => {
      if (metadata === undefined) return skipped('there is no metadata')
      const missing = ['authorization_endpoint', 'token_endpoint'].filter((name) => typeof metadata[name] !== 'string')
      const hasCode = textsIn(metadata.response_types_supported).includes('code')
      return noneOf([...missing, ...(hasCode ? [] : ['code'])].map((name) => `${name} is missing`))
    },
  },
  {
    id: 'metadata.https',
    source: 'OAuth 2.1 §1.5, MCP',
    what: 'every address that it names is https',
    severity: 'must',
    judge: ({ metadata, allow }) =>
      metadata === undefined
        ? skipped('there is no metadata')
        : noneOf(
            Object.entries(metadata)
              .filter(([name, value]) => ADDRESS.test(name) && !allow(value))
              .map(([name, value]) => `${quoted(name)} is ${quoted(value)}`),
          ),
  },
  {
    id: 'metadata.cors',
    source: 'RFC 9700 §2.6',
    what: 'pages of other origins may read it, without cookies',
    severity: 'should',
    judge: each(({ headers }) =>
      headers.get('access-control-allow-origin') !== '*' || headers.has('access-control-allow-credentials')
        ? `Access-Control-Allow-Origin is ${quoted(headers.get('access-control-allow-origin'))}`
        : undefined,
    ),
  },
  {
    id: 'pkce.s256',
    source: 'RFC 9700 §2.1.1, MCP',
    what: 'PKCE with S256 is advertised',
    severity: 'must',
    judge: listed(
      'code_challenge_methods_supported',
      (methods) => unless(!methods.includes('S256'), `code_challenge_methods_supported has ${quoted(methods)}`),
      [],
    ),
  },
  {
    id: 'pkce.plain',
    source: 'RFC 9700 §2.1.1',
    what: 'PKCE without a hash is not',
    severity: 'should',
    judge: listed('code_challenge_methods_supported', (methods) =>
      unless(methods.includes('plain'), 'code_challenge_methods_supported has plain'),
    ),
  },
  {
    id: 'flows.implicit',
    source: 'RFC 9700 §2.1.2',
    what: 'no implicit grant is advertised',
    severity: 'must',
    judge: (survey) => {
      const types = textsIn(survey.metadata?.response_types_supported).filter((type) =>
        type.split(' ').includes('token'),
      )
      if (types.length > 0) return failed(`response_types_supported has ${quoted(types)}`)
      return listed(
        'grant_types_supported',
        (grants) =>
          unless(grants.includes('implicit'), 'grant_types_supported has implicit, or is absent, which means it'),
        ['authorization_code', 'implicit'],
      )(survey)
    },
  },
  {
    id: 'flows.password',
    source: 'RFC 9700 §2.4',
    what: 'no password grant is advertised',
    severity: 'must',
    judge: listed('grant_types_supported', (grants) =>
      unless(grants.includes('password'), 'grant_types_supported has password'),
    ),
  },
  {
    id: 'iss.advertised',
    source: 'RFC 9207 §3, MCP',
    what: 'authorization responses name the issuer',
    severity: 'should',
    judge: member('authorization_response_iss_parameter_supported', (value) =>
      unless(value !== true, `authorization_response_iss_parameter_supported is ${quoted(value)}`),
    ),
  },
  {
    id: 'clients.unsigned',
    source: 'RFC 8414 §2',
    what: 'no client authenticates by a JWT that nobody signed',
    severity: 'must',
    judge: ({ metadata }) =>
      noneOf(
        Object.entries(metadata ?? {})
          .filter(([name, value]) => SIGNING.test(name) && textsIn(value).includes('none'))
          .map(([name]) => `${quoted(name)} has none`),
      ),
  },
  {
    id: 'clients.unknown',
    source: 'MCP',
    what: 'clients that were not known before can come: by metadata documents, or by registration',
    severity: 'should',
    judge: ({ metadata }) =>
      metadata === undefined
        ? skipped('there is no metadata')
        : unless(
            metadata.client_id_metadata_document_supported !== true && metadata.registration_endpoint === undefined,
            'neither is advertised',
          ),
  },
]

/** What documents at several addresses must agree on. */
const ESSENTIAL = ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'code_challenge_methods_supported']
