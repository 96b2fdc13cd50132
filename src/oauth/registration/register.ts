import { system } from '../../core/subject.js'
import { jsonAnswer } from '../answer.js'
import { allowedMetadata } from '../clients/policy.js'
import { putClient, untilPut } from '../clients/put.js'
import { readMetadata } from '../clients/read-metadata.js'
import type { Context } from '../context.js'
import type { Endpoint } from '../endpoints/endpoint.js'
import { Refusal } from '../refusal.js'
import { invalid } from './bearer.js'
import { metadataIn } from './body.js'
import { type Invitation, invitationIn } from './initial-access.js'
import { informationOf } from './wire.js'

/**
 * The client registration endpoint (RFC 7591 section 3). All ids and secrets are the server's; one write decides which of several
 * registrations with one initial access token wins. Throws a `Refusal`.
 */
export const register: Endpoint = async (context, request, { ip }) => {
  const { registration } = context
  if (registration === undefined) throw new Refusal('registration_closed', { status: 403 })
  let invitation = registration.isOpen ? undefined : await invitationIn(context, request)
  const asked = await readMetadata(context, await metadataIn(request), { byHost: false })
  const metadata = await allowedMetadata(context, registration.policy, {
    metadata: asked,
    origin: 'dynamic',
    ...(ip !== undefined && { ip }),
    ...(invitation?.tenant != null && { tenant: invitation.tenant }),
  })
  const { minted, kept } = registrationToken(context)
  const put = await untilPut(async () => {
    const { now } = await context.store.get('client', 'none')
    const outcome = await putClient(context, now, {
      ...ofInvitation(invitation),
      origin: 'dynamic',
      metadata,
      registration: kept,
      keepUntil: Math.max(now + context.lifetimes.unusedClient, invitation?.expiresAt ?? 0),
    })
    // What it hangs on is why an attempt failed.
    if (outcome === 'conflict' && invitation !== undefined) invitation = await invitationIn(context, request)
    return outcome
  })
  if (put === 'duplicate') throw invalid('the initial access token was used')
  const { id, record, secret } = put
  const of = { id, record, metadata, secret: secret?.minted.text, registrationToken: minted.text }
  return jsonAnswer(201, informationOf(context, of))
}

/** A client that nobody invited is nobody's. */
const ofInvitation = (invitation: Invitation | undefined) =>
  invitation === undefined
    ? { by: system, tenant: null }
    : { by: invitation.by, tenant: invitation.tenant, unique: invitation.unique, onlyIf: invitation.onlyIf }

function registrationToken({ credentials: { registration } }: Context) {
  const minted = registration.mint()
  return { minted, kept: registration.make(minted) }
}
