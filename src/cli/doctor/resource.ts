import type { JsonObject } from '../../core/json.js'
import { resourceAddress } from '../../core/well-known.js'
import { type Allow, hasPath } from './addresses.js'
import type { Answer, Ask } from './answer.js'

/** What a protected resource answered. */
export interface ResourceSurvey {
  readonly resource: string
  readonly allow: Allow
  /** To requests without a token: a `GET`, and what an MCP client posts first. */
  readonly bare: readonly Answer[]
  /** To requests with a token that nobody made: in the header, and in the query. */
  readonly strangeToken: Answer
  readonly tokenInQuery: Answer
  /** The parameters of its challenge, by their names. */
  readonly challenge: Readonly<Record<string, string>> | undefined
  /** From the address that the challenge names. */
  readonly pointed: Answer | undefined
  /** From the well-known addresses, in the order in which clients ask. */
  readonly wellKnown: readonly Answer[]
  /** The first that is there. */
  readonly metadata: JsonObject | undefined
}

const TOKEN = 'tokenloop-doctor-no-token'

/** What an MCP client says first. */
const FIRST_WORDS: RequestInit = {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
}

/** Asks a protected resource all that its checks look at. Never rejects. */
export async function surveyResource(
  resource: string,
  { ask, allow }: { readonly ask: Ask; readonly allow: Allow },
): Promise<ResourceSurvey> {
  const wellKnownOf = hasPath(resource) ? [resource, new URL(resource).origin] : [resource]
  const [bare, wellKnown] = await Promise.all([
    Promise.all([ask(resource), ask(resource, FIRST_WORDS)]),
    Promise.all(wellKnownOf.map((address) => ask(resourceAddress(new URL(address))))),
  ])
  const [byGet] = bare
  const words: RequestInit = byGet?.status === 401 ? {} : FIRST_WORDS
  const challenge = challengeIn(bare.find(({ status }) => status === 401)?.headers.get('www-authenticate'))
  const pointer = challenge?.resource_metadata
  const [strangeToken, tokenInQuery, pointed] = await Promise.all([
    ask(resource, {
      ...words,
      headers: { ...Object.fromEntries(new Headers(words.headers)), authorization: `Bearer ${TOKEN}` },
    }),
    ask(`${resource}${resource.includes('?') ? '&' : '?'}access_token=${TOKEN}`, words),
    allow(pointer) ? ask(pointer) : undefined,
  ])
  const metadata = [pointed, ...wellKnown]
    .map((answer) => (answer?.status === 200 ? answer.json : undefined))
    .find(Boolean)
  return { resource, allow, bare, strangeToken, tokenInQuery, challenge, pointed, wellKnown, metadata }
}

const SCHEME = /(?:^|[,\s])(?:Bearer|DPoP)(?=[\s,]|$)/i
// What stands before a name keeps one name from being read as the end of another.
const PARAMETER = /[\s,]([a-z_]{1,40})=(?:"((?:[^"\\]|\\.){0,1000})"|([^\s,"]{1,1000}))/gi

/** The parameters of a `Bearer` or `DPoP` challenge (RFC 9110 section 11.6.1); `undefined` where there is none. */
export function challengeIn(header: string | null | undefined): Readonly<Record<string, string>> | undefined {
  if (header == null || !SCHEME.test(header)) return undefined
  const parameters = [...header.matchAll(PARAMETER)].map(([, name = '', quotedText, text = '']) => [
    name.toLowerCase(),
    quotedText?.replace(/\\(.)/g, '$1') ?? text,
  ])
  return Object.fromEntries(parameters)
}
