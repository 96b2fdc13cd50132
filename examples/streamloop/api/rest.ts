import express, { type Request, type RequestHandler, type Router } from 'express'
import { requireScopes } from 'tokenloop/express'
import type { Guard } from 'tokenloop/resource'
import type { Scope } from '../catalogue.js'
import type { Library } from '../data/library.js'
import { nameIn } from './input.js'
import { type Caller, callerOf, NEEDS } from './needs.js'

/** The API under `/v1`. */
export function rest(guard: Guard<Scope>, library: Library): Router {
  const api = express.Router()

  api.get('/me', requireScopes(guard, NEEDS.me), (req, res) => void res.json(profile(callerOn(req))))

  api.get('/streams', requireScopes(guard, NEEDS.streams), async (req, res) => {
    res.json({ data: await library.streams(callerOn(req).user) })
  })

  api.post('/streams', requireScopes(guard, NEEDS.createStream), noForm, express.json(), async (req, res) => {
    res.status(201).json(await library.addStream(callerOn(req).user, nameIn(req.body)))
  })

  api.delete('/streams/:id', requireScopes(guard, NEEDS.deleteStream), async (req, res) => {
    const removed = await library.removeStream(callerOn(req).user, String(req.params.id))
    if (removed) res.status(204).end()
    else res.status(404).json({ error: 'not_found', error_description: 'There is no such stream' })
  })

  api.get('/playlists', requireScopes(guard, NEEDS.playlists), async (req, res) => {
    res.json({ data: await library.playlists(callerOn(req).user) })
  })

  api.get('/billing', requireScopes(guard, NEEDS.billing), (req, res) => {
    res.json(library.billing(callerOn(req).user))
  })

  return api.use((_req, res) => void res.status(404).json({ error: 'not_found' }))
}

/** A form could carry a second token (RFC 6750 section 2), and has nothing that is read here. */
const noForm: RequestHandler = (req, _res, next) =>
  next(req.is('urlencoded') ? Object.assign(new Error('a form is no JSON'), { status: 400 }) : undefined)

/** What an account says of itself, and of what opened it. */
export const profile = ({ user, scopes, through }: Caller) => ({ id: user, name: nameOf(user), scopes, through })

const nameOf = (user: string) => `${user.charAt(0).toUpperCase()}${user.slice(1)}`

function callerOn({ principal }: Request): Caller {
  const caller = principal && callerOf(principal)
  if (caller === undefined)
    throw Object.assign(new Error('an app that acts for itself has no account'), { status: 403 })
  return caller
}
