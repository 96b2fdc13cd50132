import { LATE, withDeadline } from '../../core/deadline.js'
import type { Answer } from '../../core/plain.js'
import type { Peer } from '../parts.js'
import { type ProblemCode, problemResponse } from '../problems.js'
import type { Answered, Answering } from './answering.js'
import type { Arrival } from './arrival.js'
import { drain } from './body.js'
import type { Settings } from './options.js'
import { Incoming, placeOf } from './request.js'
import { drop, hasLeft } from './send.js'

/** Writes an answer. Rejects where it cannot be written, or breaks off. */
export type Write = (answer: Response | Answer) => Promise<void>

/**
 * Answers a request, in a way of the host's to write answers. Whether it was answered; not, where it is not one's own. Rejects with
 * what went wrong where nothing is written, as long as somebody waits for an answer.
 */
export async function exchange(
  answering: Answering,
  settings: Settings,
  arrival: Arrival,
  write: Write,
): Promise<boolean> {
  const { req, res, target, ip } = arrival
  const place = placeOf(target, settings.origin)
  if (place === undefined) return false
  const incoming = new Incoming(arrival, place, settings.bodyLimit)
  const onClose = () => res.writableFinished || incoming.abort()
  res.once('close', onClose)

  const answer = await outcomeOf(answering, settings, incoming, { ip })
  if (answer === undefined) {
    res.off('close', onClose)
    return false
  }
  // A connection whose request never came to its end is not to be used again.
  if (answer.status === 408) res.setHeader('connection', 'close')
  await writeOr500(write, arrival, answer, settings)
  drain(req, settings.timeout)
  return true
}

async function outcomeOf(
  answering: Answering,
  { timeout, report }: Settings,
  incoming: Incoming,
  from: Peer,
): Promise<Answered> {
  const { body } = incoming
  const fail = (code: ProblemCode) => problemResponse(body.refusal ?? code)
  if (!incoming.isPossible) return fail('invalid_request')
  try {
    const work = answering(incoming, from)
    const answer = await withDeadline(() => work, timeout)
    if (answer === LATE) {
      const code = body.awaited ? 'request_timeout' : 'unavailable'
      if (code === 'unavailable') report(new Error('a handler took too long'))
      incoming.abort()
      work.then(drop, () => {})
      return fail(code)
    }
    if (body.misuse === undefined && body.refusal === undefined) return answer
    drop(answer)
  } catch (error) {
    if (body.misuse === undefined && body.refusal === undefined && !incoming.isAborted) throw error
  }
  if (body.misuse !== undefined) throw body.misuse
  return fail('internal_error')
}

async function writeOr500(
  write: Write,
  { res }: Arrival,
  answer: Response | Answer,
  { report }: Settings,
): Promise<void> {
  try {
    await write(answer)
  } catch (error) {
    if (!hasLeft(error)) report(error)
    drop(answer)
    if (res.headersSent) res.destroy()
    else await write(problemResponse('internal_error'))
  }
}
