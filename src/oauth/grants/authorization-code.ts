import type { ParsedCredential } from '../../core/credential.js'
import { isPkceVerifier, verifyPkce } from '../../core/pkce.js'
import type { CodeState } from '../../store/records.js'
import { type FoundAuthorization, readAuthorization, stands } from '../authorization.js'
import { isRegistered } from '../checks/redirect-uri.js'
import type { Client } from '../clients/client.js'
import type { Context } from '../context.js'
import { Refusal } from '../refusal.js'
import type { Grant } from './grant.js'
import { redeem, refuseRepeat } from './redeem.js'

/** After so many well-formed wrong verifiers a code is over. */
const MOST_ATTEMPTS = 5
const MOST_WRITES = 20

/** The code grant (OAuth 2.1 section 4.1.3): one redemption wins, and one compare-and-set decides which. */
export const authorizationCode: Grant = async (context, request) => {
  const { client, parameters, prove } = request
  const text = parameters.get('code')
  if (text === undefined) throw new Refusal('parameter_missing', { detail: 'code' })
  const sent = context.credentials.code.parse(text)
  if (sent === undefined) throw new Refusal('code_unknown')
  for (let attempt = 0; attempt < MOST_WRITES; attempt++) {
    const { found, code } = await findCode(context, sent)
    if (found.chain.client.id !== client.id) throw new Refusal('code_of_another', { detail: client.id })
    judgeCode(found, code, client)
    const key = await prove(found.record.boundTo)
    judgeRedirectUri(code, parameters.get('redirect_uri'))
    if (!(await judgeVerifier(context, found, code, parameters.get('code_verifier')))) continue
    if (code.usedAt !== null) await refuseRepeat(context, found, code.usedAt)
    const answer = await redeem(context, request, found, { code, key })
    if (answer !== undefined) return answer
  }
  throw new Refusal('unavailable', { detail: 'the authorization keeps changing' })
}

async function findCode(context: Context, sent: ParsedCredential) {
  const found = await readAuthorization(context, sent.locator)
  const code = found?.record.code ?? undefined
  const isKnown = context.credentials.code.matches(sent, code)
  if (found === undefined || code === undefined || code.challenge === null || !isKnown) {
    throw new Refusal('code_unknown')
  }
  return { found, code }
}

function judgeRedirectUri(code: CodeState, sent: string | undefined): void {
  if (sent !== undefined && sent !== code.redirectUri) throw new Refusal('code_redirect_uri')
}

function judgeCode(found: FoundAuthorization, code: CodeState, client: Client): void {
  const { record, now } = found
  // A code that was used is refused as such further on, when the repeat has proven to be its client's.
  if (code.usedAt === null && code.expiresAt <= now) throw new Refusal('code_expired')
  if (code.attempts >= MOST_ATTEMPTS) throw new Refusal('code_attempts')
  if (record.status !== 'active' || !stands(found)) throw new Refusal('grant_ended')
  if (code.redirectUri !== null && code.usedAt === null && !isStillRegistered(code.redirectUri, client)) {
    throw new Refusal('code_redirect_uri', { detail: 'not registered any more' })
  }
}

const isStillRegistered = (uri: string, { metadata: { redirect_uris, application_type } }: Client): boolean =>
  isRegistered(uri, redirect_uris, application_type)

/** RFC 7636 section 4.6. A wrong verifier counts, a malformed one does not. False where the count has to be taken again. */
async function judgeVerifier(
  context: Context,
  found: FoundAuthorization,
  code: CodeState,
  verifier: string | undefined,
): Promise<boolean> {
  if (verifier === undefined) throw new Refusal('parameter_missing', { detail: 'code_verifier' })
  if (!isPkceVerifier(verifier)) throw new Refusal('verifier_malformed')
  if (verifyPkce(verifier, code.challenge)) return true
  if (code.usedAt !== null) throw new Refusal('verifier_mismatch')
  const next = { ...found.record, code: { ...code, attempts: code.attempts + 1 } }
  const outcome = await context.store.write('authorization', found.id, found.version, next)
  if (outcome === 'written') throw new Refusal('verifier_mismatch')
  return false
}
