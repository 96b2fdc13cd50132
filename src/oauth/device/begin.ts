import { accountId } from '../../store/records.js'
import { type Ask, consentAsk, refusedAsk } from '../authorize/ask.js'
import { footingOf } from '../authorize/footing.js'
import { openInteraction } from '../authorize/interaction.js'
import { type Login, type SignedInUser, userOf } from '../authorize/login.js'
import { consentView } from '../authorize/view.js'
import { findActiveClient } from '../clients/find.js'
import { DEVICE_CODE } from '../clients/metadata.js'
import { appearanceOf } from '../clients/snapshot.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import { refusalOf } from '../report.js'
import { grantInForce } from '../standing.js'
import { countGuess } from './guesses.js'
import { deviceOfUser, isDenied } from './pending.js'
import { shownUserCode, userCodeIn } from './user-code.js'

/** What the host is to do with a code that a user typed: never a redirect. */
export type DeviceAsk = Exclude<Ask, { readonly kind: 'redirect' }>

/**
 * Answers the code that a user typed (RFC 8628 section 3.3). They are asked each time: whoever allowed the same client before may have been
 * sent this code by somebody else. Never rejects on a code; throws `invalid_option` and `invalid_input` on the host's own mistakes.
 */
export async function beginDevice(context: Context, typed: unknown, login: Login): Promise<DeviceAsk> {
  const user = userOf(login)
  const userCode = userCodeIn(typed)
  if (user === undefined) return loginAsk(context, userCode)
  try {
    return await ask(context, userCode, user)
  } catch (error) {
    return refusedAsk(context, 'device', refusalOf(error))
  }
}

function loginAsk({ paths }: Context, userCode: string | undefined): DeviceAsk {
  const query = userCode === undefined ? '' : `?user_code=${shownUserCode(userCode)}`
  const wish = { again: false, selectAccount: false, hint: null, locales: [], acrValues: [] }
  return { kind: 'login', resume: paths.verify + query, wish }
}

async function ask(context: Context, userCode: string | undefined, user: SignedInUser): Promise<DeviceAsk> {
  const { now } = await context.store.get('account', accountId({ kind: 'user', id: user.subject }))
  await countGuess(context, user.subject, now)
  const device = userCode === undefined ? undefined : await deviceOfUser(context, userCode)
  if (userCode === undefined || device === undefined || (await isAnswered(context, device.locator))) {
    throw new Refusal('user_code_unknown')
  }
  const client = await findActiveClient(context, device.client)
  if (!client.metadata.grant_types.includes(DEVICE_CODE)) {
    throw new Refusal('client_not_allowed', { detail: client.id })
  }
  const { standing, start } = await footingOf(context, user, client)
  const { scopes, resources, locator, digest, expiresAt } = device
  const of = { flow: 'device', locator, digest, expiresAt } as const
  const interaction = { ...start, appearance: appearanceOf(client), scopes, resources, boundTo: null, of }
  const handle = await openInteraction(context, user, interaction, standing.now)
  const asked = { to: { userCode: shownUserCode(userCode) }, scopes, resources, tenant: user.tenant }
  return consentAsk(consentView(context, standing.client, asked, grantInForce(standing)?.record.scopes ?? []), handle)
}

/** Whether somebody has answered for a device. */
async function isAnswered(context: Context, locator: string): Promise<boolean> {
  const { record } = await context.store.get('authorization', locator)
  return record !== undefined || (await isDenied(context, locator))
}
