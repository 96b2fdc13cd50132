import { LATE, withDeadline } from '../../core/deadline.js'
import type { Handler } from '../parts.js'
import { type ProblemCode, problemResponse } from '../problems.js'
import { drain, IncomingBody } from './body.js'
import type { Settings } from './options.js'
import { type Arrival, requestOf, urlOf } from './request.js'
import { drop, hasLeft } from './send.js'

/** Writes an answer. Rejects where it cannot be written, or breaks off. */
export type Write = (response: Response) => Promise<void>

/**
 * Answers a request by a handler, in a way of the host's to write answers. Whether it was answered; not, where it is not the handler's
 * own. Rejects with what the handler fails with, as long as somebody waits for an answer.
 */
export async function exchange(handler: Handler, settings: Settings, arrival: Arrival, write: Write): Promise<boolean> {
  const { req, res, target } = arrival
  const url = urlOf(target, settings.origin)
  if (url === undefined) return false
  const body = new IncomingBody(arrival, settings.bodyLimit)
  const aborter = new AbortController()
  const onClose = () => res.writableFinished || aborter.abort()
  res.once('close', onClose)

  const response = await outcomeOf(handler, settings, arrival, url, body, aborter)
  if (response === undefined) {
    res.off('close', onClose)
    return false
  }
  // A connection whose request never came to its end is not to be used again.
  if (response.status === 408) res.setHeader('connection', 'close')
  await writeOr500(write, arrival, response, settings)
  drain(req, settings.timeout)
  return true
}

async function outcomeOf(
  handler: Handler,
  { timeout, report }: Settings,
  { req, ip }: Arrival,
  url: string,
  body: IncomingBody,
  aborter: AbortController,
): Promise<Response | undefined> {
  const fail = (code: ProblemCode) => problemResponse(body.refusal ?? code)
  let request: Request
  try {
    request = requestOf(req, url, body.stream, aborter.signal)
  } catch {
    return fail('invalid_request')
  }
  try {
    const work = (async () => handler(request, { ip }))()
    const answer: unknown = await withDeadline(() => work, timeout)
    if (answer === LATE) {
      const code = body.awaited ? 'request_timeout' : 'unavailable'
      if (code === 'unavailable') report(new Error('a handler took too long'))
      aborter.abort()
      work.then(drop, () => {})
      return fail(code)
    }
    if (body.misuse === undefined && body.refusal === undefined) return answered(answer)
    if (answer instanceof Response) drop(answer)
  } catch (error) {
    if (aborter.signal.aborted) return fail('internal_error')
    if (body.misuse === undefined && body.refusal === undefined) throw error
  }
  if (body.misuse !== undefined) throw body.misuse
  return fail('internal_error')
}

function answered(answer: unknown): Response | undefined {
  if (answer === undefined || answer instanceof Response) return answer
  throw new TypeError('a handler answers a Response, or undefined')
}

async function writeOr500(write: Write, { res }: Arrival, response: Response, { report }: Settings): Promise<void> {
  try {
    await write(response)
  } catch (error) {
    if (!hasLeft(error)) report(error)
    drop(response)
    if (res.headersSent) res.destroy()
    else await write(problemResponse('internal_error'))
  }
}
