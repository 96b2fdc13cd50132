import type { JsonObject } from '../../core/json.js'
import { issuerAddresses } from '../../core/well-known.js'
import type { Allow } from './addresses.js'
import type { Answer, Ask } from './answer.js'

/** A client that the server knows, which lets more be looked at. */
export interface KnownClient {
  readonly id?: string | undefined
  readonly redirectUri?: string | undefined
}

/** In the order of the addresses; without a path, the last two are one. */
const FORMS = ['oauth', 'openid', 'openid appended'] as const

/** Where clients look for the metadata of a server. */
export interface DocumentForm {
  readonly form: (typeof FORMS)[number]
  readonly answer: Answer
}

/** What an authorization server answered. */
export interface ServerSurvey {
  readonly issuer: string
  readonly client: KnownClient
  readonly allow: Allow
  /** In the order in which clients ask. */
  readonly documents: readonly DocumentForm[]
  /** The first that is there. */
  readonly metadata: JsonObject | undefined
  readonly answers: Readonly<Partial<Record<Probe, Answer>>>
}

/** Nobody has this address: RFC 2606 keeps the name free. */
export const STRANGE_URI = 'https://client.invalid/callback'
const STRANGER = 'tokenloop-doctor-unknown'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const TOKEN = 'tokenloop-doctor-no-token'

type Form = Readonly<Record<string, string>>
type Request = readonly [suffix: string, init?: RequestInit]

const post = (form: Form): Request => ['', { method: 'POST', body: new URLSearchParams(form) }]
const query = (form: Form): Request => [`?${new URLSearchParams(form)}`, { headers: { accept: 'text/html' } }]

const CODE_REQUEST = {
  response_type: 'code',
  client_id: STRANGER,
  redirect_uri: STRANGE_URI,
  state: 'doctor',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
}

/** What is asked, by the member of the metadata that says where. None of it is anything that a server should grant. */
const PROBES = {
  keys: ['jwks_uri', () => ['']],
  tokenByGet: ['token_endpoint', () => ['']],
  tokenStrangeGrant: ['token_endpoint', () => post({ grant_type: 'urn:tokenloop:doctor', client_id: STRANGER })],
  tokenPassword: [
    'token_endpoint',
    () => post({ grant_type: 'password', client_id: STRANGER, username: 'doctor', password: 'doctor' }),
  ],
  authorizeStranger: ['authorization_endpoint', () => query(CODE_REQUEST)],
  authorizeStrangeUri: [
    'authorization_endpoint',
    ({ id }) => (id === undefined ? undefined : query({ ...CODE_REQUEST, client_id: id })),
  ],
  authorizeWithoutPkce: [
    'authorization_endpoint',
    ({ id, redirectUri }) =>
      id === undefined || redirectUri === undefined
        ? undefined
        : query({ response_type: 'code', client_id: id, redirect_uri: redirectUri, state: 'doctor' }),
  ],
  introspect: ['introspection_endpoint', () => post({ token: TOKEN })],
  revoke: ['revocation_endpoint', () => post({ token: TOKEN })],
  push: ['pushed_authorization_request_endpoint', () => post(CODE_REQUEST)],
  device: ['device_authorization_endpoint', () => post({ client_id: STRANGER })],
  register: [
    'registration_endpoint',
    () => [
      '',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ client_name: 'tokenloop doctor', redirect_uris: ['javascript:alert(1)'] }),
      },
    ],
  ],
  userinfo: ['userinfo_endpoint', () => ['']],
} satisfies Readonly<Record<string, readonly [member: string, request: (client: KnownClient) => Request | undefined]>>

export type Probe = keyof typeof PROBES
const ALL: readonly (readonly [string, (client: KnownClient) => Request | undefined, Probe])[] = (
  Object.keys(PROBES) as Probe[]
).map((name) => [...PROBES[name], name])

/** Asks an authorization server all that its checks look at. Never rejects. */
export async function surveyServer(
  issuer: string,
  { ask, allow, client }: { readonly ask: Ask; readonly allow: Allow; readonly client: KnownClient },
): Promise<ServerSurvey> {
  const documents = await Promise.all(
    issuerAddresses(new URL(issuer)).map(async (address, i) => ({
      form: FORMS[i] ?? 'openid',
      answer: await ask(address),
    })),
  )
  const metadata = documents.map(({ answer }) => (answer.status === 200 ? answer.json : undefined)).find(Boolean)
  const answers = await Promise.all(
    ALL.map(async ([member, request, name]) => {
      const address = metadata?.[member]
      const [suffix, init] = request(client) ?? []
      return allow(address) && suffix !== undefined ? [[name, await ask(address + suffix, init)] as const] : []
    }),
  )
  return { issuer, client, allow, documents, metadata, answers: Object.fromEntries(answers.flat()) }
}
