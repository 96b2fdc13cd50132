import type { ErrorRequestHandler } from 'express'
import { TokenloopError } from 'tokenloop'

/** Whether it is the database that failed. */
export const isOutage = (error: unknown): boolean => error instanceof TokenloopError && error.code === 'unavailable'

/** What is wrong with a request is told; what is wrong with the host is told to its log alone. */
export const failures: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error)
  const status = Number(error?.status)
  const isTheirs = status >= 400 && status < 500
  if (!isTheirs) console.error(error)
  if (isOutage(error)) return void res.status(503).set('retry-after', '1').json({ error: 'temporarily_unavailable' })
  res.status(isTheirs ? status : 500).json({ error: isTheirs ? 'invalid_request' : 'server_error' })
}
