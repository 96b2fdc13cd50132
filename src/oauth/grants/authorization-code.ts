import type { ParsedCredential } from '../../core/credential.js'
import { isPkceVerifier, verifyPkce } from '../../core/pkce.js'
import type { AuthorizationRecord, CodeState } from '../../store/records.js'
import {
  endAuthorization,
  type FoundAuthorization,
  readAuthorization,
  scopesAt,
  scopesOf,
  stands,
} from '../authorization.js'
import { isRegistered } from '../checks/redirect-uri.js'
import { resourceIn } from '../checks/resource.js'
import { type Client, isPublic } from '../clients/client.js'
import type { Context } from '../context.js'
import { firstRefresh } from '../mint/refresh.js'
import type { ProvenKey } from '../proof.js'
import { Refusal } from '../refusal.js'
import type { Grant, TokenRequest, TokenSet } from './grant.js'
import { tokenSet } from './token-set.js'

/** After so many well-formed wrong verifiers a code is over. */
const MOST_ATTEMPTS = 5
/** Milliseconds in which a repeat that is otherwise valid leaves the winner its tokens: two requests of one impatient client. */
const RACE = 2000
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
    const answer = await redeem(context, request, found, code, key)
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

/** Of a valid repeat: within a moment the winner keeps its tokens; later, somebody else has the code, and the authorization ends. */
export async function refuseRepeat(context: Context, { id, now }: FoundAuthorization, usedAt: number): Promise<never> {
  if (now - usedAt > RACE) await endAuthorization(context, id, 'code_reused')
  throw new Refusal('code_used')
}

/**
 * The tokens, and the one write that makes them valid: what cannot be signed or kept does not use the code up. `undefined` where
 * somebody else wrote first.
 */
export async function redeem(
  context: Context,
  { client, parameters }: TokenRequest,
  found: FoundAuthorization,
  code: CodeState,
  key: ProvenKey,
): Promise<TokenSet | undefined> {
  const { store, lifetimes } = context
  const { id, record, chain, now, version } = found
  const resource = resourceIn(parameters.all('resource'), context.resources, record.resources)
  const boundTo = await key.use()
  const isRefreshed = client.metadata.grant_types.includes('refresh_token')
  const refresh = isRefreshed ? firstRefresh(context, id, now) : undefined
  const idleExpiresAt = Math.min(now + (isRefreshed ? lifetimes.refreshIdle : lifetimes.access), record.expiresAt)
  const next: AuthorizationRecord = {
    ...record,
    // The tokens of a public client are bound to the key that they were asked for with; those of others, each to its own.
    boundTo: record.boundTo ?? (isPublic(client) ? boundTo : null),
    code: { ...code, usedAt: now },
    refresh: refresh?.state ?? null,
    idleExpiresAt,
    keepUntil: idleExpiresAt + lifetimes.access,
  }
  const scopes = scopesAt(context, resource, scopesOf(context, found))
  const set = await tokenSet(context, { id, record: next, chain, now, resource, scopes, boundTo }, refresh?.text)
  const onlyIf = [{ kind: 'grant' as const, id: chain.grant.id, version: chain.grant.version }]
  const outcome = await store.write('authorization', id, version, next, { onlyIf })
  if (outcome !== 'written') return undefined
  context.uses.add('grant', chain.grant.id, now, null)
  return set
}
