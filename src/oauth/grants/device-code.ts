import type { ParsedCredential } from '../../core/credential.js'
import type { CodeState } from '../../store/records.js'
import { type FoundAuthorization, readAuthorization, stands } from '../authorization.js'
import type { Context } from '../context.js'
import { deviceOfCode, isDenied, mayPoll } from '../device/pending.js'
import { firstOf, newSalt } from '../mint/refresh.js'
import type { ProvenKey } from '../proof.js'
import { isInWindow, repeat } from '../refresh.js'
import { Refusal } from '../refusal.js'
import type { Grant, TokenRequest } from './grant.js'
import { codeWish, redeem, refuseRepeat } from './redeem.js'

const MOST_WRITES = 20

/**
 * The device code grant (RFC 8628 section 3.4). Until its user has answered, a device is told to go on waiting; what was allowed is an
 * authorization with the device code as its code, which one poll redeems. Nobody sits before a device whose answer was lost: a repeat
 * gets the same refresh token, as one of a refresh does.
 */
export const deviceCode: Grant = async (context, request) => {
  const { client, parameters, prove } = request
  const text = parameters.get('device_code')
  if (text === undefined) throw new Refusal('parameter_missing', { detail: 'device_code' })
  const sent = context.credentials.device.parse(text)
  if (sent === undefined) throw new Refusal('device_code_unknown')
  for (let attempt = 0; attempt < MOST_WRITES; attempt++) {
    const allowed = await findAllowed(context, sent)
    if (allowed === undefined) return refuseWaiting(context, sent, client.id)
    const { found, code } = allowed
    if (found.chain.client.id !== client.id) throw new Refusal('device_code_of_another', { detail: client.id })
    if (code.usedAt === null && code.expiresAt <= found.now) throw new Refusal('device_code_expired')
    if (!stands(found)) throw new Refusal('grant_ended')
    const key = await prove(found.record.boundTo)
    if (code.usedAt !== null) return again(context, request, found, { code, key, sent })
    const origin = { token: sent, salt: newSalt(), pepper: code.pepper }
    const answer = await redeem(context, request, found, { code, key, origin })
    if (answer !== undefined) return answer
  }
  throw new Refusal('unavailable', { detail: 'the authorization keeps changing' })
}

interface Poll {
  readonly code: CodeState
  readonly key: ProvenKey
  readonly sent: ParsedCredential
}

/** The same refresh token, within the window and while nobody has used it; anything else is reuse. */
async function again(context: Context, request: TokenRequest, found: FoundAuthorization, { code, key, sent }: Poll) {
  const state = found.record.refresh
  if (state?.generation !== 1 || state.salt === undefined || !isInWindow(context, found.now, state)) {
    return refuseRepeat(context, found, code.usedAt ?? 0)
  }
  const first = firstOf(context, { token: sent, salt: state.salt.text, pepper: code.pepper })
  return repeat(context, { ...found, state }, first, codeWish(context, request, found), key)
}

/** What was allowed to a device; `undefined` where nobody has allowed it anything. */
async function findAllowed(
  context: Context,
  sent: ParsedCredential,
): Promise<{ readonly found: FoundAuthorization; readonly code: CodeState } | undefined> {
  const found = await readAuthorization(context, sent.locator)
  const code = found?.record.code ?? undefined
  const isKnown = context.credentials.device.matches(sent, code)
  if (found === undefined || code === undefined) return undefined
  if (code.challenge !== null || !isKnown) throw new Refusal('device_code_unknown')
  return { found, code }
}

/** Why a device gets nothing yet, or nothing at all (RFC 8628 section 3.5). */
async function refuseWaiting(context: Context, sent: ParsedCredential, client: string): Promise<never> {
  const device = await deviceOfCode(context, sent.locator)
  const isKnown = context.credentials.device.matches(sent, device?.digest)
  if (device === undefined || !isKnown) throw new Refusal('device_code_unknown')
  if (device.client !== client) throw new Refusal('device_code_of_another', { detail: client })
  if (await isDenied(context, device.locator)) throw new Refusal('denied')
  const { now } = await context.store.get('client', client)
  if (device.expiresAt <= now) throw new Refusal('device_code_expired')
  throw new Refusal((await mayPoll(context, device.locator, now)) ? 'authorization_pending' : 'slow_down')
}
