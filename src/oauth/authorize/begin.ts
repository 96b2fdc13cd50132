import { optionsOf } from '../../core/options.js'
import { checkId } from '../../core/text.js'
import { redirectAnswer, withParameters } from '../answer.js'
import type { Context } from '../context.js'
import { formOf, type Parameters, queryOf } from '../parameters.js'
import { errorOf, Refusal, type Rule } from '../refusal.js'
import { refusalOf, report } from '../report.js'
import { grantEpoch, isInForce, readStanding } from '../standing.js'
import { allow, isAsSeen } from './allow.js'
import { openInteraction } from './interaction.js'
import { type AuthorizationRequest, requestOf, type Target, targetOf } from './request.js'
import { type ConsentView, consentView } from './view.js'

/** Who is signed in, as the host knows it; nobody where there is no `subject`. */
export interface Login {
  /** The id of the browser's session at the host: who begins has to be who decides. */
  readonly session?: string | undefined
  /** The id of the user. */
  readonly subject?: string | undefined
  /** When they signed in, in milliseconds since 1970. */
  readonly authTime?: number | undefined
  /** How they signed in (`acr`). */
  readonly acr?: string | undefined
  /** The tenant in which they act. */
  readonly tenant?: string | undefined
}

const LOGIN = optionsOf<Login>('begin', { session: true, subject: true, authTime: true, acr: true, tenant: true })

/** What the host is to do with an authorization request. */
export type Ask =
  /** Sign somebody in, and come back to `resume`, a path with a query on the host's own origin. */
  | { readonly kind: 'login'; readonly resume: string }
  /** Show a page with `view`, and hand what the user answers to `decide` with `handle`. */
  | { readonly kind: 'consent'; readonly view: ConsentView; readonly handle: string }
  /** Send `response`: it leads back to the client, with a code or an error. */
  | { readonly kind: 'redirect'; readonly response: Response }
  /** Show a page of your own with status 400, or 503 for `unavailable`: nothing says that it would lead back to the client. */
  | { readonly kind: 'refused'; readonly reason: Rule }

/** Answers an authorization request. Never rejects on one; throws `invalid_option` and `invalid_input` on the host's own mistakes. */
export async function begin(context: Context, request: Request, login: Login): Promise<Ask> {
  LOGIN.check(login)
  checkLogin(login)
  let target: Target
  let parameters: Parameters
  try {
    parameters = await parametersOf(request)
    target = await targetOf(context, parameters)
  } catch (error) {
    const refusal = refusalOf(error)
    report(context, 'authorize', refusal)
    return { kind: 'refused', reason: refusal.rule }
  }
  try {
    return await ask(context, requestOf(context, parameters, target), parameters, login)
  } catch (error) {
    const refusal = refusalOf(error)
    report(context, 'authorize', refusal)
    return { kind: 'redirect', response: errorRedirect(context, target, refusal) }
  }
}

function checkLogin({ session, subject, tenant }: Login): void {
  if (subject !== undefined) {
    checkId(subject, 'a subject')
    checkId(session, 'a session')
  }
  if (tenant !== undefined) checkId(tenant, 'a tenant id')
}

/** `GET` with a query, or `POST` with a form and nothing in the query (OAuth 2.1 section 3.1). */
async function parametersOf(request: Request): Promise<Parameters> {
  if (request.method === 'GET') return queryOf(request)
  if (request.method !== 'POST') throw new Refusal('method_not_allowed')
  const inQuery = queryOf(request)
  const parameters = await formOf(request)
  for (const name of inQuery.names) {
    if (!parameters.has(name) || parameters.get(name) !== inQuery.get(name)) throw new Refusal('parameter_conflict')
  }
  return parameters
}

async function ask(context: Context, asked: AuthorizationRequest, parameters: Parameters, login: Login): Promise<Ask> {
  const { session, subject } = login
  if (subject === undefined || session === undefined) {
    return { kind: 'login', resume: `${context.paths.authorize}?${parameters}` }
  }
  const tenant = login.tenant ?? null
  const parties = { subject, tenant, client: asked.client.id }
  const standing = await readStanding(context, parties)
  if (!standing.isActive) throw new Refusal('subject_inactive')
  const wanted = {
    scopes: asked.scopes,
    resources: asked.resources,
    challenge: asked.challenge,
    redirectUri: asked.redirectUri,
    nonce: asked.nonce ?? null,
    boundTo: asked.boundTo ?? null,
    signIn: { at: login.authTime ?? null, acr: login.acr ?? null },
    epochs: { ...standing.epochs, grant: grantEpoch(standing) },
  }
  const inForce =
    standing.grant !== undefined && isInForce(standing.grant.record, standing.epochs)
      ? standing.grant.record
      : undefined
  const isCovered =
    inForce !== undefined &&
    isAsSeen(standing.client, inForce) &&
    asked.scopes.every((scope) => inForce.scopes.includes(scope)) &&
    asked.resources.every((resource) => inForce.resources.includes(resource))
  if (isCovered) {
    const code = await allow(context, { ...parties, ...wanted })
    return { kind: 'redirect', response: codeRedirect(context, asked, code) }
  }
  const interaction = { client: asked.client.id, tenant, state: asked.state ?? null, ...wanted }
  const handle = await openInteraction(context, { session, subject }, interaction, standing.now)
  const view = consentView(context, standing.client, { ...asked, tenant }, inForce?.scopes ?? [])
  return { kind: 'consent', view, handle }
}

/** Every answer says whose it is (RFC 9207). */
export const codeRedirect = (
  { issuer }: Context,
  { redirectUri, state }: Pick<Target, 'redirectUri' | 'state'>,
  code: string,
): Response => redirectAnswer(withParameters(redirectUri, { code, state, iss: issuer }))

export function errorRedirect(
  { issuer }: Context,
  { redirectUri, state }: Pick<Target, 'redirectUri' | 'state'>,
  { rule }: Refusal,
): Response {
  const { error, description } = errorOf(rule)
  return redirectAnswer(withParameters(redirectUri, { error, error_description: description, state, iss: issuer }))
}
