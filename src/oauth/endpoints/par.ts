import type { Answer, PlainRequest } from '../../core/plain.js'
import { jsonAnswer } from '../answer.js'
import { push } from '../authorize/pushed.js'
import { requestOf, targetOf } from '../authorize/request.js'
import { authenticateClient } from '../client-auth/authenticate.js'
import type { Context } from '../context.js'
import { formOf, type Parameters } from '../parameters.js'
import { prover } from '../proof.js'
import { Refusal } from '../refusal.js'

/** What proves the client, which nobody needs to see again. */
const PROOFS = { client_secret: undefined, client_assertion: undefined, client_assertion_type: undefined }

/** Pushed authorization requests (RFC 9126): judged as a whole before a browser comes with them. Throws a `Refusal`. */
export async function par(context: Context, request: PlainRequest): Promise<Answer> {
  const sent = await formOf(request)
  if (sent.repeats()) throw new Refusal('parameter_repeated')
  const client = await authenticateClient(context, request, sent)
  if (sent.has('request_uri')) throw new Refusal('request_uri_pushed')
  const asked = sent.with({ ...PROOFS, client_id: client.id })
  requestOf(context, asked, await targetOf(context, asked))
  const { prove, headers } = prover(context, request, 'par', client)
  // A proof says the same as `dpop_jkt` (RFC 9449 section 10.1).
  const proven = request.headers.has('dpop') ? await (await prove(null)).use() : null
  const pushed = boundTo(asked, proven)
  const uri = await push(context, { client: client.id, form: `${pushed}` }, client.now)
  const expires_in = Math.floor(context.lifetimes.pushed / 1000)
  return jsonAnswer(201, { request_uri: uri, expires_in }, headers)
}

function boundTo(asked: Parameters, proven: string | null): Parameters {
  const named = asked.get('dpop_jkt')
  if (proven !== null && named !== undefined && named !== proven) throw new Refusal('pushed_key_mismatch')
  return proven === null ? asked : asked.with({ dpop_jkt: proven })
}
