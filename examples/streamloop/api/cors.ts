import type { RequestHandler } from 'express'

const ALWAYS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, Retry-After, Mcp-Session-Id',
}

/** No `x-api-key`: a key opens a whole account, and is no thing to have in a page. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers': 'Authorization, Content-Type, Mcp-Protocol-Version, Mcp-Session-Id',
  'access-control-max-age': '600',
}

/** Lets pages of every origin call the API with a bearer token. No cookie counts there, so that they act for nobody else. */
export const cors: RequestHandler = (req, res, next) => {
  res.set(ALWAYS)
  if (req.method === 'OPTIONS') res.set(PREFLIGHT).status(204).end()
  else next()
}
