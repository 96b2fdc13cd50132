import type { ParsedCredential } from '../../core/credential.js'
import type { CodeState } from '../../store/records.js'
import { type FoundAuthorization, readAuthorization, stands } from '../authorization.js'
import type { Context } from '../context.js'
import { deviceOfCode, isDenied, mayPoll } from '../device/pending.js'
import { Refusal } from '../refusal.js'
import { redeem, refuseRepeat } from './authorization-code.js'
import type { Grant } from './grant.js'

const MOST_WRITES = 20

/**
 * The device code grant (RFC 8628 section 3.4). Until its user has answered, a device is told to go on waiting; what was allowed is an
 * authorization with the device code as its code, which one poll redeems.
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
    if (code.usedAt !== null) await refuseRepeat(context, found, code.usedAt)
    const answer = await redeem(context, request, found, code, key)
    if (answer !== undefined) return answer
  }
  throw new Refusal('unavailable', { detail: 'the authorization keeps changing' })
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
