import type { ErrorRequestHandler } from 'express'

/** What is wrong with a request is told; what is wrong with the host is told to its log alone. */
export const failures: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error)
  const status = Number(error?.status)
  const isTheirs = status >= 400 && status < 500
  if (!isTheirs) console.error(error)
  res.status(isTheirs ? status : 500).json({ error: isTheirs ? 'invalid_request' : 'server_error' })
}
