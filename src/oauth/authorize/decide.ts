import { optionsOf } from '../../core/options.js'
import { user } from '../../core/subject.js'
import { checkId } from '../../core/text.js'
import { endAuthorization, readAuthorization } from '../authorization.js'
import type { Client } from '../clients/client.js'
import { findActiveClient } from '../clients/find.js'
import type { Context } from '../context.js'
import { denyDevice, isDenied } from '../device/pending.js'
import { Refusal, type Rule } from '../refusal.js'
import { refusalOf, report } from '../report.js'
import { readStanding } from '../standing.js'
import { type Allowance, allow, demandUnmoved } from './allow.js'
import { codeOf } from './code.js'
import { type Browser, type CodeFlow, type DeviceFlow, type Interaction, takeInteraction } from './interaction.js'
import { codeRedirect, devicePage, errorRedirect, refusedPage } from './outlet.js'
import { usePushed } from './pushed.js'
import { demandRegistered } from './request.js'

/** What a user answered, as it came from the page. */
export interface Decision {
  /** The browser's session and its user, from the host. */
  readonly session: string
  readonly subject: string
  readonly approve: boolean
  /** Which of the scopes that were asked for; all of them where it is absent. What is not among them does not count. */
  readonly scopes?: unknown
}

const DECISION = optionsOf<Decision>('decide', { session: true, subject: true, approve: true, scopes: true })

/** What becomes of a decision: a response to send, also where the user did not allow it, with the reason. */
export type Decided =
  | { readonly ok: true; readonly response: Response }
  | { readonly ok: false; readonly reason: Rule; readonly response: Response }

/** Answers a decision, once. Never rejects on what comes from a page; throws `invalid_option` and `invalid_input` on the host's own mistakes. */
export async function decide(context: Context, handle: unknown, decision: Decision): Promise<Decided> {
  DECISION.check(decision)
  const browser = { session: checkId(decision.session, 'a session'), subject: checkId(decision.subject, 'a subject') }
  const refuse = (error: unknown, answer: (rule: Rule) => Response): Decided => {
    const refusal = refusalOf(error)
    const response = answer(refusal.rule)
    report(context, 'decide', refusal, response)
    return { ok: false, reason: refusal.rule, response }
  }
  let interaction: Interaction
  let client: Client
  try {
    interaction = await takeInteraction(context, handle, browser)
    client = await clientOf(context, interaction)
  } catch (error) {
    return refuse(error, refusedPage)
  }
  const { of } = interaction
  try {
    const scopes = scopesChosen(interaction.scopes, decision)
    const response = await (of.flow === 'code'
      ? allowCode(context, { interaction, of, client, browser }, scopes)
      : allowDevice(context, { interaction, of, client, browser }, scopes))
    return { ok: true, response }
  } catch (error) {
    return refuse(error, (rule) => refusedAt(context, of, rule))
  }
}

/** Where the answer goes must be an address of the client's still. Throws a `Refusal`, which must not be redirected. */
async function clientOf(context: Context, { client: id, of }: Interaction): Promise<Client> {
  const client = await findActiveClient(context, id, 'record')
  if (of.flow === 'code') demandRegistered(client, of.redirectUri)
  return client
}

const refusedAt = (context: Context, of: Interaction['of'], rule: Rule): Response => {
  if (of.flow === 'code') return errorRedirect(context, placeOf(of), rule)
  return rule === 'denied' ? devicePage(false) : refusedPage(rule)
}

const placeOf = ({ redirectUri, state }: CodeFlow) => ({ redirectUri, state: state ?? undefined })

/** The scopes that the user allows; none where they do not. Nobody is asked for what they did not tick. */
function scopesChosen(asked: readonly string[], { approve, scopes }: Decision): readonly string[] | undefined {
  if (approve !== true) return undefined
  if (scopes === undefined) return asked
  const chosen = Array.isArray(scopes) ? asked.filter((scope) => scopes.includes(scope)) : []
  return chosen.length === 0 && asked.length > 0 ? undefined : chosen
}

/** An interaction that is answered. */
interface Answered<Flow> {
  readonly interaction: Interaction
  readonly of: Flow
  readonly client: Client
  readonly browser: Browser
}

async function allowCode(
  context: Context,
  { interaction, of, client, browser: { subject } }: Answered<CodeFlow>,
  scopes: readonly string[] | undefined,
): Promise<Response> {
  if (scopes === undefined) throw new Refusal('denied')
  await usePushed(context, of.pushed, client.now)
  const { text, locator, code } = codeOf(context, of)
  await allowAsSeen(context, client, interaction, { subject, scopes, locator, code })
  return codeRedirect(context, placeOf(of), text)
}

async function allowDevice(
  context: Context,
  { interaction, of: { locator, digest, expiresAt }, client, browser: { subject } }: Answered<DeviceFlow>,
  scopes: readonly string[] | undefined,
): Promise<Response> {
  if (scopes === undefined) {
    await denyDevice(context, locator, expiresAt)
    // On a page beside this one they may have said yes: what was said last holds.
    const allowed = await readAuthorization(context, locator)
    if (allowed?.chain.grant.record?.subject === subject) {
      await endAuthorization(context, locator, 'revoked', user(subject))
    }
    throw new Refusal('denied')
  }
  const answered = new Refusal('interaction_unknown', { detail: 'it was answered already' })
  if (await isDenied(context, locator)) throw answered
  const code = { ...digest, challenge: null, redirectUri: null, nonce: null, expiresAt }
  await allowAsSeen(context, client, interaction, { subject, scopes, locator, code })
  // A no at this very moment sees what was allowed, or is seen here.
  if (await isDenied(context, locator)) {
    await endAuthorization(context, locator, 'revoked')
    throw answered
  }
  return devicePage(true)
}

/** What moved since the subject was asked makes their answer void. */
async function allowAsSeen(
  context: Context,
  client: Client,
  interaction: Interaction,
  answer: Pick<Allowance, 'subject' | 'scopes' | 'locator' | 'code'>,
): Promise<void> {
  const allowance = { ...interaction, ...answer }
  const standing = await readStanding(context, allowance, client)
  demandUnmoved(standing, interaction)
  await allow(context, standing, allowance)
}
