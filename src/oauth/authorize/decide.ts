import { optionsOf } from '../../core/options.js'
import { checkId } from '../../core/text.js'
import type { Context } from '../context.js'
import { Refusal, type Rule } from '../refusal.js'
import { refusalOf, report } from '../report.js'
import { allow } from './allow.js'
import { codeRedirect, errorRedirect } from './begin.js'
import { type Interaction, takeInteraction } from './interaction.js'

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

/** What becomes of a decision: a response to send; where it leads back to no client, with the reason. */
export type Decided =
  | { readonly ok: true; readonly response: Response }
  | { readonly ok: false; readonly reason: Rule; readonly response: Response }

/** Answers a decision, once. Never rejects on what comes from a page; throws `invalid_option` and `invalid_input` on the host's own mistakes. */
export async function decide(context: Context, handle: unknown, decision: Decision): Promise<Decided> {
  DECISION.check(decision)
  const browser = { session: checkId(decision.session, 'a session'), subject: checkId(decision.subject, 'a subject') }
  let interaction: Interaction
  try {
    interaction = await takeInteraction(context, handle, browser)
  } catch (error) {
    const refusal = refusalOf(error)
    report(context, 'decide', refusal)
    return { ok: false, reason: refusal.rule, response: pageOf(refusal.rule) }
  }
  const target = { redirectUri: interaction.redirectUri, state: interaction.state ?? undefined }
  try {
    if (decision.approve !== true) throw new Refusal('denied')
    const scopes = chosen(interaction.scopes, decision.scopes)
    if (scopes.length === 0 && interaction.scopes.length > 0) throw new Refusal('denied')
    const code = await allow(context, { ...interaction, subject: browser.subject, scopes })
    return { ok: true, response: codeRedirect(context, target, code) }
  } catch (error) {
    const refusal = refusalOf(error)
    report(context, 'decide', refusal)
    return { ok: false, reason: refusal.rule, response: errorRedirect(context, target, refusal) }
  }
}

function chosen(asked: readonly string[], scopes: unknown): readonly string[] {
  if (scopes === undefined) return asked
  return Array.isArray(scopes) ? asked.filter((scope) => scopes.includes(scope)) : []
}

/** For a host that has no page of its own for it. */
const pageOf = (rule: Rule): Response =>
  new Response(
    rule === 'unavailable'
      ? 'Try again later.'
      : 'This request is not pending any more. Start again at the application.',
    {
      status: rule === 'unavailable' ? 503 : 400,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    },
  )
