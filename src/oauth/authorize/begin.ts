import { plainRequest } from '../../core/plain.js'
import { hintedSubject } from '../checks/id-token-hint.js'
import { promptsIn } from '../checks/prompt.js'
import type { Client } from '../clients/client.js'
import { appearanceOf } from '../clients/snapshot.js'
import type { Context } from '../context.js'
import type { Parameters } from '../parameters.js'
import { Refusal } from '../refusal.js'
import { refusalOf, report } from '../report.js'
import { grantInForce } from '../standing.js'
import { allow } from './allow.js'
import { type Arrived, arrive } from './arrive.js'
import { type Ask, consentAsk, refusedAsk } from './ask.js'
import { codeOf } from './code.js'
import { type Footing, footingOf, isRemembered, isTrusted } from './footing.js'
import { openInteraction } from './interaction.js'
import { type Login, loginNeeded, type SignedInUser, userOf } from './login.js'
import { codeRedirect, errorRedirect } from './outlet.js'
import { keepPushed, usePushed } from './pushed.js'
import { type AuthorizationRequest, requestOf, type Target, targetOf } from './request.js'
import { consentView } from './view.js'

/** Answers an authorization request. Never rejects on one; throws `invalid_option` and `invalid_input` on the host's own mistakes. */
export async function begin(context: Context, request: Request, login: Login): Promise<Ask> {
  const user = userOf(login)
  let arrived: Arrived
  let target: Target
  try {
    arrived = await arrive(context, plainRequest(request))
    target = await targetOf(context, arrived.parameters)
  } catch (error) {
    return refusedAsk(context, 'authorize', refusalOf(error))
  }
  try {
    return await ask(context, requestOf(context, arrived.parameters, target), arrived, user)
  } catch (error) {
    const refusal = refusalOf(error)
    if (!(await mayRedirect(context, arrived.parameters, target.client, user))) {
      return refusedAsk(context, 'authorize', refusal)
    }
    const response = errorRedirect(context, target, refusal.rule)
    report(context, 'authorize', refusal, response)
    return { kind: 'redirect', response }
  }
}

/** What wants no user to see anything leads back to a client that is trusted alone. Where that cannot be said, nothing leads back. */
async function mayRedirect(
  context: Context,
  parameters: Parameters,
  client: Client,
  user: SignedInUser | undefined,
): Promise<boolean> {
  if (!promptsIn(parameters).has('none')) return true
  return isTrusted(context, client, user).catch(() => false)
}

async function ask(
  context: Context,
  asked: AuthorizationRequest,
  arrived: Arrived,
  user: SignedInUser | undefined,
): Promise<Ask> {
  const { client, prompts } = asked
  const { pushed, resumed } = arrived
  const isPushedOnly = context.requirePushedRequests || client.metadata.require_pushed_authorization_requests === true
  if (isPushedOnly && pushed === undefined) throw new Refusal('pushed_request_needed', { detail: client.id })

  const hinted = await hintedSubject(context, arrived.parameters, client)
  const needed = loginNeeded(asked, user, { now: client.now, resumed, hinted, patience: context.lifetimes.interaction })
  if (user === undefined || needed !== undefined) {
    if (prompts.has('none')) throw new Refusal('login_required')
    // Whoever comes back from the login page as they went there is not sent there again.
    if (user !== undefined && resumed !== undefined) throw new Refusal(needed ?? 'login_required')
    if (pushed !== undefined) await keepPushed(context, pushed, client.now)
    return loginAsk(arrived, asked, user)
  }
  const footing = await footingOf(context, user, client)
  return prompts.has('consent')
    ? askConsent(context, asked, arrived, user, footing)
    : askOnce(context, asked, arrived, user, footing)
}

function loginAsk(
  { parameters, resumed, resumeAt }: Arrived,
  { prompts, acrValues }: AuthorizationRequest,
  user: SignedInUser | undefined,
): Ask {
  return {
    kind: 'login',
    resume: resumeAt(resumed ?? user?.authTime ?? 0),
    wish: {
      again: user !== undefined,
      selectAccount: prompts.has('select_account'),
      hint: parameters.get('login_hint') ?? null,
      locales: parameters.get('ui_locales')?.split(' ') ?? [],
      acrValues,
    },
  }
}

/** What a user allowed before is not asked again. */
async function askOnce(
  context: Context,
  asked: AuthorizationRequest,
  arrived: Arrived,
  user: SignedInUser,
  footing: Footing,
): Promise<Ask> {
  if (!isRemembered(context, footing.standing, asked)) {
    if (asked.prompts.has('none')) throw new Refusal('consent_required')
    return askConsent(context, asked, arrived, user, footing)
  }
  const { scopes, resources, boundTo = null } = asked
  await usePushed(context, arrived.pushed?.key ?? null, footing.standing.now)
  const { text, locator, code } = codeOf(context, flowOf(asked, arrived))
  const { client, tenant, signIn } = footing.start
  const allowance = { subject: user.subject, tenant, client, scopes, resources, boundTo, signIn, locator, code }
  await allow(context, footing.standing, allowance, (standing) => {
    if (!isRemembered(context, standing, asked)) throw new Refusal('consent_required')
  })
  return { kind: 'redirect', response: codeRedirect(context, asked, text) }
}

async function askConsent(
  context: Context,
  asked: AuthorizationRequest,
  arrived: Arrived,
  user: SignedInUser,
  { standing, start }: Footing,
): Promise<Ask> {
  const { scopes, resources, boundTo = null } = asked
  const interaction = {
    ...start,
    appearance: appearanceOf(asked.client),
    scopes,
    resources,
    boundTo,
    of: flowOf(asked, arrived),
  }
  const handle = await openInteraction(context, user, interaction, standing.now)
  const asking = { scopes, resources, tenant: user.tenant, to: asked }
  const view = consentView(context, standing.client, asking, grantInForce(standing)?.record.scopes ?? [])
  return consentAsk(view, handle)
}

const flowOf = ({ redirectUri, state, challenge, nonce }: AuthorizationRequest, { pushed }: Arrived) =>
  ({
    flow: 'code',
    redirectUri,
    state: state ?? null,
    challenge,
    nonce: nonce ?? null,
    pushed: pushed?.key ?? null,
  }) as const
